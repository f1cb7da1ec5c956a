// C12, C13: one network is active for management, one stands by; messages go over all of them, so a switch loses nothing.
// The manager switches when the active one is worse for its members than the standby one, or when it is told to.
import type { NodeId } from '../types.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Turn } from './turn.ts';

/** Between two switches that nobody asked for. */
const SETTLE_MS = 5000;

export function addressesOf(turn: Turn): void {
  const { virtualAddresses, activeNetwork } = turn.state;
  turn.do({ type: 'setAddresses', seat: MANAGER_SEAT, addresses: virtualAddresses, activeNetwork });
}

export function onLink(turn: Turn, node: NodeId, link: number, up: boolean): void {
  const member = turn.state.members.get(node);
  if (member === undefined) return;
  const others = member.linksDown.filter((each) => each !== link);
  member.linksDown = up ? others : [...others, link];
  considerSwitch(turn);
}

export function onCarrier(turn: Turn, link: number, up: boolean): void {
  const { state } = turn;
  const others = state.carrierDown.filter((each) => each !== link);
  state.carrierDown = up ? others : [...others, link];
  state.self = { ...state.self, nics: state.self.nics.map((nic) => (nic.link === link ? { ...nic, carrier: up } : nic)) };
  considerSwitch(turn);
}

/** How many members (ourselves included) are not reached over this network. */
function troubles(turn: Turn, network: string): number {
  const { state } = turn;
  const links = state.self.nics.filter((nic) => nic.network === network).map((nic) => nic.link);
  if (links.length === 0) return 0;
  const allDown = (down: readonly number[]): boolean => links.every((link) => down.includes(link));
  const own = allDown(state.carrierDown) ? 1 : 0;
  return own + turn.active().filter((member) => allDown(member.linksDown)).length;
}

export function standbyNetworkOf(turn: { readonly state: Turn['state'] }): string | null {
  const { config, activeNetwork } = turn.state;
  return config.networks.find((network) => network !== activeNetwork) ?? null;
}

function considerSwitch(turn: Turn): void {
  const { state, nowMs } = turn;
  const other = standbyNetworkOf(turn);
  if (state.role !== 'manager' || other === null || nowMs < state.switchedMs + SETTLE_MS) return;
  if (troubles(turn, state.activeNetwork) > troubles(turn, other)) switchTo(turn, other, 'the active network is silent for some');
}

/** At the manager: everybody is told of the switch and of what may be lost (ours: nothing). */
export function switchTo(turn: Turn, network: string, why: string): void {
  if (network === turn.state.activeNetwork) return;
  turn.tell({ kind: 'activeNetwork', network, why });
  adoptNetwork(turn, network, why);
}

/** Everywhere. */
export function adoptNetwork(turn: Turn, network: string, why: string): void {
  const { state, nowMs } = turn;
  const from = state.activeNetwork;
  if (from === network || !state.config.networks.includes(network)) return;
  state.activeNetwork = network;
  state.switchedMs = nowMs;
  turn.do({ type: 'prefer', network });
  addressesOf(turn);
  turn.publish('network-switched', state.self.node, { from, to: network, lost: 'nothing', reason: why });
}

/** C14: tries the listed nodes that are no members, now and then. */
export function contactBridged(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.role !== 'manager' || nowMs < state.contactAtMs || state.config.bridged.length === 0) return;
  state.contactAtMs = nowMs + 5 * state.config.unmanagedPeriodMs;
  for (const { host, port } of state.config.bridged) {
    const known = turn
      .active()
      .some((member) => member.description.messagePort === port && member.description.nics.some((nic) => nic.address === host));
    if (!known) turn.do({ type: 'contact', host, port });
  }
}
