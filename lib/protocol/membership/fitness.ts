// "Fit to serve" (safety.md): an owner whose NICs on the network of its addresses have no carrier serves nobody there,
// though every other network keeps it in the cluster. If another member says that it has carrier, the seat is moved to
// it. Where the network is dead for all, nothing moves.
//
// The engine does it by itself where a successor of the standing orders says in its beats that it serves there, and where
// the owner hears nobody though it has carrier (native/core/heartbeat/fitness.cc). Here is the rest, as a person would move
// it: other successors, addresses on several networks; and a manager that votes no more, who could not stand again. Members
// tell their manager of their carrier by describing themselves anew.
import { candidateOf, inStandbyOrder } from '../election/choose.ts';
import { hasMajority, hasNoVote } from '../quorum.ts';
import type { NicDescription, NodeDescription, NodeId, ProtocolConfig, Unfitness } from '../types.ts';
import { move, onYielding } from './handover.ts';
import { replaceStandby } from './standby.ts';
import type { Member } from './state.ts';
import type { Turn } from './turn.ts';

interface View {
  readonly state: Turn['state'];
}

const REASONS: Readonly<Record<Unfitness, string>> = {
  stalled: 'its event loop did not turn',
  'no-carrier': 'no carrier on the network of its addresses',
  'hears-nobody': 'it hears nobody on the network of its addresses, where others hear each other',
  unheard: 'nobody answers what it sends on the network of its addresses, although it hears them there',
};

/** What the engine has done already may be in the queue of an event loop that is busy. */
const HOLD_MS_MIN = 100;

/** A switch that dies takes everybody's carrier: the others get the time to say so, and the engine to act. */
export function holdMs({ state }: View): number {
  return Math.max(state.beatTimeoutMs / state.beatPackets, HOLD_MS_MIN);
}

/** The networks that addresses are bound to. Those of the active network move with it instead (C12). */
function serviceNetworks({ state }: View): string[] {
  return [...new Set(state.virtualAddresses.map(({ network }) => network))].filter((network) => network !== 'active');
}

/** On its own adapters or on those that stand by for them: the node moves its addresses there by itself (R9). */
export function hasCarrier(config: ProtocolConfig, description: NodeDescription, network: string): boolean {
  const standby = config.standbyAdapters?.[network];
  return description.nics.some((nic) => (nic.network === network || nic.network === standby) && nic.carrier);
}

/** Since when we serve nobody on some network of the addresses; null: we serve on all. */
function unfitSinceMs(view: View): number | null {
  const { self, carrierDown } = view.state;
  if (carrierDown.length === 0) return null;
  const dead = serviceNetworks(view).filter(
    (network) => self.nics.some((nic) => nic.network === network) && !hasCarrier(view.state.config, self, network),
  );
  const links = self.nics.filter((nic) => dead.includes(nic.network)).map((nic) => nic.link);
  const since = carrierDown.filter((down) => links.includes(down.link)).map((down) => down.sinceMs);
  return since.length === 0 ? null : Math.max(...since);
}

/** It hears somebody there, as its beats say; before they have said anything carrier must do. */
export function servesOn({ description, serves }: Pick<Member, 'description' | 'serves'>, network: string): boolean {
  const links = description.nics.filter((nic) => nic.network === network).map(({ link }) => link);
  return serves === null || links.length === 0 || ((serves >> Math.min(...links)) & 1) === 1;
}

/** Carrier on every network of the addresses, and somebody is heard there, as the member itself says; and its event loop turns. */
export function canServe(view: View, member: Pick<Member, 'description' | 'serves' | 'stalled'>): boolean {
  const isFit = (network: string): boolean => hasCarrier(view.state.config, member.description, network) && servesOn(member, network);
  return !member.stalled && serviceNetworks(view).every(isFit);
}

/** The member that is to serve in our place: the standby if it can, else the next in line that can. */
function fitSuccessor(view: View): NodeId | null {
  const { members, config, standby } = view.state;
  const fit = [...members.values()].filter(
    (member) =>
      member.phase === 'active' &&
      member.description.mayManage &&
      !member.description.bridged &&
      member.away === null &&
      config.voters.includes(member.node) &&
      canServe(view, member),
  );
  if (fit.some((member) => member.node === standby)) return standby;
  return inStandbyOrder(fit.map((member) => candidateOf(member.description)))[0]?.node ?? null;
}

/** This manager votes no more, and those that do are enough to elect. */
const mayGoToVoters = ({ state }: View): boolean => hasNoVote(state) && hasMajority(state);

/** When the seat is to be moved for want of carrier, or of a vote; Infinity: it is not. */
export function moveAtMs(view: View): number {
  const { state } = view;
  if (state.role !== 'manager' || state.seat !== 'owned' || state.pending !== null) return Number.POSITIVE_INFINITY;
  const since = mayGoToVoters(view) ? state.seatSinceMs : unfitSinceMs(view);
  return since === null || fitSuccessor(view) === null ? Number.POSITIVE_INFINITY : since + holdMs(view);
}

export function moveIfUnfit(turn: Turn): void {
  if (turn.nowMs < moveAtMs(turn)) return;
  const reason = mayGoToVoters(turn) ? 'it has no vote any more' : REASONS['no-carrier'];
  turn.publish('owner-unfit', turn.state.self.node, { reason });
  move(turn, null, null, fitSuccessor(turn));
}

/** When a standby that could not serve is to be replaced by a member that can; Infinity: it is not. */
export function standbyUnfitAtMs(view: View): number {
  const { role, standby, members, standbyPending, pending, namedStandby } = view.state;
  const member = standby === null ? undefined : members.get(standby);
  if (role !== 'manager' || member === undefined || standbyPending !== null || pending !== null) return Number.POSITIVE_INFINITY;
  if (namedStandby === standby || canServe(view, member) || fitSuccessor(view) === null) return Number.POSITIVE_INFINITY;
  return member.describedMs + holdMs(view);
}

export function keepStandbyFit(turn: Turn): void {
  if (turn.nowMs < standbyUnfitAtMs(turn)) return;
  const node = fitSuccessor(turn);
  if (node !== null) replaceStandby(turn, node);
}

/** A member's beats say that its event loop does not turn (or turns again): it is no good standby meanwhile. */
export function onStalled(turn: Turn, node: NodeId, stalled: boolean): void {
  const member = turn.state.members.get(node);
  if (member === undefined || member.stalled === stalled) return;
  member.stalled = stalled;
  member.describedMs = turn.nowMs;
}

/** What it can serve on has changed. */
export function onServes(turn: Turn, node: NodeId, networks: number): void {
  const member = turn.state.members.get(node);
  if (member === undefined || member.serves === networks) return;
  member.serves = networks;
  member.describedMs = turn.nowMs;
}

/** The engine gives a seat up: here it is told, and for that of management awaited. */
export function onUnfit(turn: Turn, why: Unfitness, group: string | null): void {
  if (group === null) onYielding(turn);
  turn.publish('owner-unfit', turn.state.self.node, { reason: REASONS[why], ...(group === null ? {} : { group }) });
}

/** A member's manager decides by what the member has carrier for; a successor by what its manager had. */
export function tellCarrier(turn: Turn): void {
  const { state } = turn;
  if (state.role === 'manager') return turn.tell({ kind: 'member', entry: turn.ownEntry() });
  if ((state.role === 'client' || state.role === 'standby') && state.manager !== null)
    turn.send(state.manager, { kind: 'describe', description: state.self });
}

/** Other networks are in force, or the same ones again: what is known of those that stay is not touched, but for another MAC. */
export function onAdapters(turn: Turn, present: readonly NicDescription[]): void {
  const { self } = turn.state;
  const known = (nic: NicDescription): NicDescription | undefined => {
    const isIt = ({ link, network, interface: name }: NicDescription): boolean =>
      link === nic.link && network === nic.network && name === nic.interface;
    const before = self.nics.find(isIt);
    return before === undefined || nic.mac === null || nic.mac === before.mac ? before : { ...before, mac: nic.mac };
  };
  const nics = present.map((nic) => known(nic) ?? nic);
  if (nics.length === self.nics.length && nics.every((nic) => self.nics.includes(nic))) return;
  turn.state.self = { ...self, nics };
  tellCarrier(turn);
}

/** At the manager: a member describes itself anew. */
export function onDescribedAnew(turn: Turn, description: NodeDescription): void {
  const member = turn.state.members.get(description.node);
  if (turn.state.role !== 'manager' || member?.phase !== 'active') return;
  const { memberId, bridged, mayManage } = member.description;
  member.description = { ...description, memberId, bridged, mayManage };
  member.describedMs = turn.nowMs;
  turn.tell({ kind: 'member', entry: turn.entryOf(member) }, [member.node]);
}
