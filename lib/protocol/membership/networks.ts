// C12, C13: one network is active for management, one stands by; messages go over all of them, so a switch loses nothing.
// The manager switches when the active one is worse for its members than the standby one, or when it is told to.
import { MANAGER_SEAT } from '../types.ts';
import type { BridgedNode, NodeDescription, NodeId } from '../types.ts';
import type { DownLink, Member } from './state.ts';
import type { Turn } from './turn.ts';

/** Between two switches that nobody asked for. */
const SETTLE_MS = 5000;
/** A path must be silent for so much of a beat time-out longer: the paths of a node that dies fall silent one by one. */
const HOLD_TIMEOUTS = 0.5;
/** C14: a listed node that is no member is tried every so many unmanaged periods. */
const CONTACT_PERIODS = 5;

export function addressesOf(turn: Turn): void {
  const { virtualAddresses, activeNetwork } = turn.state;
  turn.do({ type: 'setAddresses', seat: MANAGER_SEAT, addresses: virtualAddresses, activeNetwork });
  for (const { config } of turn.state.groups.values())
    turn.do({ type: 'setAddresses', seat: config.seat, addresses: config.addresses, activeNetwork });
}

function noted(down: readonly DownLink[], link: number, up: boolean, nowMs: number): readonly DownLink[] {
  const others = down.filter((each) => each.link !== link);
  return up ? others : [...others, { link, sinceMs: nowMs }];
}

export function onLink(turn: Turn, node: NodeId, link: number, up: boolean): void {
  const member = turn.state.members.get(node);
  if (member !== undefined) member.linksDown = noted(member.linksDown, link, up, turn.nowMs);
}

export function onCarrier(turn: Turn, link: number, up: boolean): void {
  const { state, nowMs } = turn;
  state.carrierDown = noted(state.carrierDown, link, up, nowMs);
  state.self = { ...state.self, nics: state.self.nics.map((nic) => (nic.link === link ? { ...nic, carrier: up } : nic)) };
}

/** For whom (ourselves included) all paths over this network are silent: since when, each. */
function silences(turn: { readonly state: Turn['state'] }, network: string): number[] {
  const { self, carrierDown, members, config } = turn.state;
  const links = self.nics.filter((nic) => nic.network === network).map((nic) => nic.link);
  if (links.length === 0) return [];
  // A witness may well be on one network only, and no address moves for its sake.
  const counts = (member: Member): boolean => member.phase === 'active' && member.node !== config.witness;
  const active = [...members.values()].filter(counts).map((member) => member.linksDown);
  return [carrierDown, ...active]
    .filter((down) => links.every((link) => down.some((each) => each.link === link)))
    .map((down) => Math.max(...down.filter((each) => links.includes(each.link)).map((each) => each.sinceMs)));
}

/** Asked after every event: nearly always nobody is silent anywhere. */
function isAllHeard({ carrierDown, members }: Turn['state']): boolean {
  if (carrierDown.length > 0) return false;
  for (const { linksDown } of members.values()) if (linksDown.length > 0) return false;
  return true;
}

export function standbyNetworkOf(turn: { readonly state: Turn['state'] }): string | null {
  const { config, activeNetwork } = turn.state;
  return config.networks.find((network) => network !== activeNetwork) ?? null;
}

/** When the active network will have been worse than the standby one for long enough; Infinity: it is not worse. */
export function switchAtMs(turn: { readonly state: Turn['state'] }): number {
  const { state } = turn;
  const other = standbyNetworkOf(turn);
  if (state.role !== 'manager' || other === null || isAllHeard(state)) return Number.POSITIVE_INFINITY;
  const silent = silences(turn, state.activeNetwork).sort((left, right) => left - right);
  const decisive = silent[silences(turn, other).length]; // from then on more are silent here than there
  if (decisive === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(decisive + HOLD_TIMEOUTS * state.beatTimeoutMs, state.switchedMs + SETTLE_MS);
}

export function switchIfDue(turn: Turn): void {
  const other = standbyNetworkOf(turn);
  if (other !== null && turn.nowMs >= switchAtMs(turn)) switchTo(turn, other, 'the active network is silent for some');
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

/** C14: is this the node of that entry of the list? */
export function isAt(description: NodeDescription, { host, port }: BridgedNode): boolean {
  return description.messagePort === port && (description.address === host || description.nics.some((nic) => nic.address === host));
}

/** Who tries the listed nodes: the manager; and where one of them may be the witness, who seeks a manager or votes. */
export function contactsBridged({ state }: { readonly state: Turn['state'] }): boolean {
  if (state.bridged.length === 0 || state.self.node === state.config.witness) return false;
  return state.role === 'manager' || (state.role === 'unmanaged' && state.config.witness !== null);
}

/** C14: tries the listed nodes that are no members, now and then. */
export function contactBridged(turn: Turn): void {
  const { state, nowMs } = turn;
  if (nowMs < state.contactAtMs || !contactsBridged(turn)) return;
  state.contactAtMs = nowMs + CONTACT_PERIODS * state.config.unmanagedPeriodMs;
  for (const listed of state.bridged) {
    if (!turn.active().some((member) => isAt(member.description, listed)))
      turn.do({ type: 'contact', host: listed.host, port: listed.port });
  }
}
