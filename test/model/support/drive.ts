// Feeds an event to a node of the model and carries out the effects: what lib/runtime does, in small.
import { initial } from '../../../lib/protocol/node.ts';
import { engineQuorumOf } from '../../../lib/protocol/quorum.ts';
import { restoredParameters } from '../../../lib/protocol/parameters/restoring.ts';
import { type Effect, type Epoch, type Event, MANAGER_SEAT, type NodeId, type ProtocolConfig } from '../../../lib/protocol/types.ts';
import { restoredRounds } from '../../../lib/protocol/rounds/restoring.ts';
import { installOrders, newSeat, onReleased, vote } from '../../scenarios/support/seat.ts';
import { carry, closeSeat, knows, NO_LIMITS, NO_PARTS, partOf, seatOf, seatsOf, startCommands, stopped } from './groups.ts';
import { type Model, type ModelNode, nodeOf } from './model.ts';
import { carryOut } from './program.ts';
import { quietUntilMs } from './silence.ts';

/** Grants run until the owner lapses or is gone for good: those are steps of their own. */
export const FOR_EVER_MS = 1e12;

export function start(model: Model, config: ProtocolConfig): void {
  const node = nodeOf(model, config.self.node);
  node.boot += 1n;
  node.running = true;
  node.seat = newSeat(0, node.reservedOnDisk, quietUntilMs(node));
  Object.assign(node, { beats: [], watches: [], up: [], condemned: [], parts: NO_PARTS, lists: {}, limits: NO_LIMITS });
  node.sessions = {};
  node.toVote = [];
  const self = { ...config.self, boot: node.boot, memberId: node.memberId };
  const records = [...node.records.values()].sort((left, right) => (left.opening.number < right.opening.number ? -1 : 1));
  node.configurations = node.configurations.after((next) => next.forgetUnsaid(records));
  const rounds = restoredRounds(records, node.kept, node.id, model.nowMs, node.configurations.inForce);
  const set = restoredParameters(node.parameters.kept, records);
  node.parameters = { kept: set, applied: set };
  const now = { ...config, self, ...configurationsOf(node, config) };
  node.rules = { voterSet: now.voterSet, voters: now.voters, quorum: engineQuorumOf(now) };
  node.state = initial(now, model.nowMs, node.reservedOnDisk, rounds, (seat) => node.reservedOfGroups[seat] ?? 0n, set);
  feed(model, node.id, { type: 'start' });
}

/** What its disk says of them, where the cluster keeps any. */
function configurationsOf({ configurations }: ModelNode, config: ProtocolConfig): Partial<ProtocolConfig> {
  if (config.configurations == null) return {};
  const { addresses, groups = [], voters, voterSet, networks } = configurations.configurations.active.layout;
  const names = networks === undefined ? {} : { networks: networks.map(({ name }) => name) };
  return { configurations: configurations.configurations, virtualAddresses: addresses, groups, voters, voterSet, ...names };
}

export function feed(model: Model, id: NodeId, event: Event): void {
  const node = nodeOf(model, id);
  if (node.state === null || !node.running) return;
  try {
    const result = model.step(node.state, event, model.nowMs);
    node.state = result.state;
    node.memberId = result.state.self.memberId;
    for (const effect of result.effects) apply(model, node, effect);
  } catch (error) {
    model.violation ??= `node ${id} on ${event.type}: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

function apply(model: Model, node: ModelNode, effect: Effect): void {
  switch (effect.type) {
    case 'announce':
      for (const other of model.nodes) {
        if (other === node) continue;
        const parcel = { fromBoot: node.boot, toBoot: 0n, content: effect.announcement };
        model.announcements = { ...model.announcements, [`${node.id}>${other.id}`]: parcel };
      }
      return;
    case 'send':
      return send(model, node, effect.to, effect.message);
    case 'closeChannel':
      model.pipes = { ...model.pipes, [`${node.id}>${effect.node}`]: [] };
      return;
    case 'setPeer':
      return peer(node, effect.node, effect.beat, effect.watch);
    case 'removePeer':
      node.up = node.up.filter((each) => each !== effect.node);
      return peer(node, effect.node, false, false);
    case 'reserve':
      return reserve(model, node, effect.seat, effect.epoch);
    case 'setOrders':
      return installOrders(seatOf(node, effect.seat), effect.ordersId, effect.baseEpoch, effect.chain);
    case 'stand':
      return stand(model, node, effect.seat);
    case 'release':
      return release(model, node, effect.seat, effect.successor);
    case 'setVoting':
      for (const { seat } of [node, ...node.parts]) seat.voting = effect.on;
      return;
    case 'record':
      node.records = new Map(node.records).set(effect.number, effect.record);
      return feed(model, node.id, { type: 'recorded', number: effect.number, ok: true });
    case 'setVoters':
      node.rules = { voterSet: effect.voterSet, voters: effect.voters, quorum: effect.quorum };
      return;
    case 'keepParameters':
      carryOut(node, effect);
      return feed(model, node.id, { type: 'parametersKept', version: effect.set.version, ok: true, reason: '' });
    case 'work':
    case 'apply':
    case 'undone':
    case 'reply':
    case 'keepDefault':
    case 'activate':
      return carryOut(node, effect);
    case 'setAddresses':
      return carry(node, effect.seat, effect.addresses);
    case 'closeSeat':
      return closeSeat(node, effect.seat);
    case 'stopCommands':
      partOf(node, effect.seat).stopping = true;
      return;
    case 'forgiveCommands':
    case 'contact':
    case 'prefer':
    case 'publish':
  }
}

const including = (list: readonly NodeId[], one: NodeId, on: boolean): readonly NodeId[] =>
  on ? [...new Set([...list, one])].sort((left, right) => left - right) : list.filter((each) => each !== one);

function peer(node: ModelNode, other: NodeId, beat: boolean, watch: boolean): void {
  if (watch && !node.watches.includes(other)) node.condemned = including(node.condemned, other, false);
  node.beats = including(node.beats, other, beat);
  node.watches = including(node.watches, other, watch);
}

/** The engine's verdict, true or not. */
export function judge(model: Model, id: NodeId, other: NodeId, up: boolean): void {
  const node = nodeOf(model, id);
  node.up = including(node.up, other, up);
  node.condemned = including(node.condemned, other, !up);
  feed(model, id, { type: up ? 'nodeUp' : 'nodeDown', node: other });
}

function reserve(model: Model, node: ModelNode, number: number, epoch: Epoch): void {
  const before = number === MANAGER_SEAT ? node.reservedOnDisk : (node.reservedOfGroups[number] ?? 0n);
  const reserved = epoch > before ? epoch : before;
  if (number === MANAGER_SEAT) node.reservedOnDisk = reserved;
  else node.reservedOfGroups = { ...node.reservedOfGroups, [number]: reserved };
  seatOf(node, number).reserved = reserved;
  feed(model, node.id, { type: 'reserved', seat: number, epoch: reserved, ok: true });
}

function send(model: Model, node: ModelNode, to: NodeId, content: unknown): void {
  const toBoot = node.sessions[to];
  if (toBoot === undefined || !nodeOf(model, to).running) return;
  const key = `${node.id}>${to}`;
  model.pipes = { ...model.pipes, [key]: [...(model.pipes[key] ?? []), { fromBoot: node.boot, toBoot, content }] };
}

/** What this voter itself has promised the protocol may not know: a release votes for its successor. */
function stand(model: Model, node: ModelNode, number: number): void {
  const { id } = node;
  const seat = seatOf(node, number);
  seat.standing = true;
  const position = seat.chain.indexOf(id);
  if (position < 0 || seat.baseEpoch + 1n + BigInt(position) > seat.promised) return;
  feed(model, id, { type: 'refused', seat: number, node: id, answer: 'epoch_old', epoch: seat.promised });
}

function release(model: Model, node: ModelNode, number: number, successor: NodeId): void {
  const seat = seatOf(node, number);
  const { epoch } = seat;
  const owned = seat.phase !== 'none';
  Object.assign(seat, { phase: 'none', standing: false });
  if (owned && number !== MANAGER_SEAT) model.violation ??= stopped(node, number);
  if (owned) {
    for (const voter of model.nodes) {
      if (!voter.running || !knows(voter, number)) continue;
      onReleased(seatOf(voter, number), node.id, epoch);
      if (voter.id === successor) seatOf(voter, number).invited = epoch + 1n;
    }
    if (successor !== 0) vote(seat, successor, epoch + 1n, FOR_EVER_MS, 0);
  }
  feed(model, node.id, { type: 'seat', news: 'released', seat: number, epoch: owned ? epoch : 0n });
}

/** An owner's grants are over at every voter: those of one seat, or of all that it does not own. */
export function freeGrants(model: Model, owner: NodeId, number: number | null = null): void {
  const { running, parts, seat } = nodeOf(model, owner);
  const owned = running ? [{ seat }, ...parts].filter((each) => each.seat.phase !== 'none').map((each) => each.seat.number) : [];
  for (const voter of model.nodes)
    for (const each of seatsOf(voter))
      if (each.holder === owner && (number === null ? !owned.includes(each.number) : each.number === number)) each.grantedUntilMs = 0;
}

export function acquired(model: Model, node: ModelNode, number: number, epoch: Epoch): void {
  const key = `${number}/${epoch}`;
  const before = model.owners[key];
  if (before !== undefined && before !== node.id)
    model.violation ??= `epoch ${epoch} of seat ${number} was node ${before}'s, and is node ${node.id}'s now`;
  model.owners = { ...model.owners, [key]: node.id };
  feed(model, node.id, { type: 'seat', news: 'acquired', seat: number, epoch });
  if (number !== MANAGER_SEAT) startCommands(node, number);
}
