// All that can happen next in a model: deliveries in every order, verdicts, votes, time, and faults as the budget allows.
import { nextDeadlineMs } from '../../../lib/protocol/node.ts';
import { nameOf } from '../../../lib/protocol/rounds/state.ts';
import { type Announcement, type Command, MANAGER_SEAT, type NodeId, type ProtocolConfig } from '../../../lib/protocol/types.ts';
import { onClaim, type Seat, vote, wantedEpoch, wouldAnswer } from '../../scenarios/support/seat.ts';
import { acquired, feed, FOR_EVER_MS, freeGrants, judge, start } from './drive.ts';
import { knows, NO_LIMITS, NO_PARTS, partOf, seatOf, seatsOf } from './groups.ts';
import { branch, type Fault, type Model, type ModelNode, nodeOf, type Parcel } from './model.ts';
import { note, type Task, workOf } from './program.ts';
import { mayLapse, maySpeak, promisesOf, speak } from './silence.ts';

export interface Action {
  readonly name: string;
  readonly run: (model: Model) => void;
}

/** @param configs of the nodes, by their order */
export function actionsOf(model: Model, configs: readonly ProtocolConfig[]): Action[] {
  return [
    ...deliveries(model),
    ...programs(model),
    ...ending(model),
    ...verdicts(model),
    ...votes(model),
    ...time(model),
    ...faults(model, configs),
  ];
}

/** When the lease of a lost owner ends: at once, or when those that watch it have found it to be silent. */
export type Expiry = 'at once' | 'when noticed';

/**
 * While no deadline comes, and announcements are lost. Leases of the dead end in a step of their own: that only lets others
 * ask, and when they do is another one.
 */
export function withoutTime(model: Model, configs: readonly ProtocolConfig[], expiry: Expiry = 'at once'): Action[] {
  const asked = votes(model).filter(({ name }) => expiry === 'at once' || isNoticed(model, name));
  const expired = asked.find(({ name }) => name.startsWith('expire'));
  if (expired !== undefined) return [expired];
  return [...messages(model), ...programs(model), ...ending(model), ...verdicts(model), ...asked, ...faults(model, configs)];
}

function isNoticed({ nodes }: Model, name: string): boolean {
  const [what, id] = name.split(' ');
  const knows = ({ running, watches, condemned }: ModelNode, lost: NodeId): boolean =>
    !running || !watches.includes(lost) || condemned.includes(lost);
  if (what === 'expire') return nodes.every((node) => knows(node, Number(id)));
  if (what !== 'ungranted') return true;
  return nodes.every((node) => node.id !== Number(id) || nodes.every((other) => other.running || knows(node, other.id)));
}

/** @returns the model after the action; the one given is left as it was */
export function after(model: Model, action: Action): Model {
  const next = branch(model);
  action.run(next);
  next.nodes = next.nodes.map((node, index) => unlessSame(node, model.nodes[index]));
  return next;
}

/** Whom nothing has happened to stays the same object, so that nobody looks at it again. */
function unlessSame(node: ModelNode, before: ModelNode | undefined): ModelNode {
  if (before === undefined) return node;
  if (isShallowlyEqual(node.seat, before.seat)) node.seat = before.seat;
  keepParts(node, before);
  const { key } = before;
  return isShallowlyEqual({ ...node, key }, before) ? before : node;
}

function keepParts(node: ModelNode, before: ModelNode): void {
  if (node.parts.length !== before.parts.length) return;
  const parts = node.parts.map((part, index) => {
    const old = before.parts[index];
    if (old === undefined) return part;
    const same = isShallowlyEqual(part.seat, old.seat) ? { ...part, seat: old.seat } : part;
    return isShallowlyEqual(same, old) ? old : same;
  });
  node.parts = parts.every((part, index) => part === before.parts[index]) ? before.parts : parts;
}

function isShallowlyEqual<Value extends object>(left: Value, right: Value): boolean {
  return (Object.keys(left) as (keyof Value)[]).every((key) => left[key] === right[key]);
}

function messages(model: Model): Action[] {
  const waiting = Object.entries(model.pipes).filter(([, queue]) => queue.length > 0);
  return waiting.map(([key]) => ({ name: `deliver ${key}`, run: (next: Model) => deliver(next, key) }));
}

function deliveries(model: Model): Action[] {
  return [
    ...messages(model),
    ...Object.keys(model.announcements).map((key) => ({ name: `hear ${key}`, run: (next: Model) => hear(next, key) })),
  ];
}

const ends = (key: string): [NodeId, NodeId] => {
  const [from = 0, to = 0] = key.split('>').map(Number);
  return [from, to];
};

function deliver(model: Model, key: string): void {
  const [from, to] = ends(key);
  const [first, ...rest] = model.pipes[key] ?? [];
  model.pipes = { ...model.pipes, [key]: rest };
  if (first === undefined || nodeOf(model, from).boot !== first.fromBoot) return;
  if (nodeOf(model, to).boot === first.toBoot) feed(model, to, { type: 'received', from, boot: first.fromBoot, message: first.content });
  // The message thread has no keys of its new start yet, gives up, and says so.
  else feed(model, from, { type: 'undeliverable', node: to });
}

function hear(model: Model, key: string): void {
  const [from, to] = ends(key);
  const parcel = model.announcements[key] as Parcel;
  model.announcements = Object.fromEntries(Object.entries(model.announcements).filter(([each]) => each !== key));
  const sender = nodeOf(model, from);
  const receiver = nodeOf(model, to);
  if (!sender.running || !receiver.running || sender.boot !== parcel.fromBoot) return;
  meet(model, receiver, sender);
  meet(model, sender, receiver);
  feed(model, to, { type: 'announced', from, boot: parcel.fromBoot, announcement: parcel.content as Announcement });
}

/** Votes of the programs, late or at once. */
function programs(model: Model): Action[] {
  return model.nodes.flatMap((node) =>
    node.toVote.map((task) => ({ name: `vote ${wordsOf(task)} at ${node.id}`, run: (next: Model) => answer(next, node.id, task, true) })),
  );
}

/** A group that is given up: its commands end when they do. */
function ending({ nodes }: Model): Action[] {
  return nodes.flatMap(({ id, parts }) =>
    parts.flatMap(({ seat, stopping }) =>
      stopping ? [{ name: `commandsOff ${id}${ofSeat(seat.number)}`, run: (next: Model) => commandsOff(next, id, seat.number) }] : [],
    ),
  );
}

function commandsOff(model: Model, id: NodeId, number: number): void {
  Object.assign(partOf(nodeOf(model, id), number), { stopping: false, commands: [] });
  feed(model, id, { type: 'commandsOff', seat: number });
}

/** "1.2/3": round 3 of the second protocol of epoch 1. */
const wordsOf = ({ number, round }: Task): string => `${nameOf(number)}/${round}`;

/** All do what they have to do themselves, and nobody refuses. */
export function workAll(model: Model): void {
  for (let [first] = programs(model); first !== undefined; [first] = programs(model)) first.run(model);
}

function answer(model: Model, id: NodeId, task: Task, agrees: boolean): void {
  const node = nodeOf(model, id);
  const { number, round, proposal } = task;
  node.toVote = node.toVote.filter((each) => each !== task);
  const worked = agrees ? workOf(node, task) : { ok: false, reason: 'no', payload: null };
  if (round === 0 || !worked.ok) note(node, { what: 'vote', number, ok: worked.ok, proposal });
  feed(model, id, { type: 'worked', number, round, ...worked });
}

/** A handshake. Another start of a node that was heard is the end of the one before. */
function meet(model: Model, node: ModelNode, other: ModelNode): void {
  const before = node.sessions[other.id];
  if (before === other.boot) return;
  node.sessions = { ...node.sessions, [other.id]: other.boot };
  if (before !== undefined && node.up.includes(other.id)) {
    node.up = node.up.filter((each) => each !== other.id);
    feed(model, node.id, { type: 'nodeDown', node: other.id });
  }
  feed(model, node.id, { type: 'sessionUp', node: other.id, boot: other.boot });
}

/** Does `node` get beats of `other`, or answers? Owners beat every voter, whoever else is dropped. */
function hears(node: ModelNode, other: ModelNode): boolean {
  if (!other.running || node.sessions[other.id] !== other.boot || other.sessions[node.id] !== node.boot) return false;
  const owns = [...seatsOf(node), ...seatsOf(other)].some(({ phase }) => phase !== 'none');
  return owns || node.beats.includes(other.id) || other.beats.includes(node.id);
}

function verdicts(model: Model): Action[] {
  const actions: Action[] = [];
  for (const node of model.nodes) {
    if (!node.running) continue;
    for (const other of model.nodes) {
      if (other === node) continue;
      const { id } = other;
      const heard = hears(node, other);
      if (heard && !node.up.includes(id))
        actions.push({ name: `nodeUp ${id} at ${node.id}`, run: (next) => judge(next, node.id, id, true) });
      if (heard || !node.watches.includes(id) || node.condemned.includes(id)) continue;
      actions.push({ name: `nodeDown ${id} at ${node.id}`, run: (next) => judge(next, node.id, id, false) });
    }
  }
  return actions;
}

const ofSeat = (number: number): string => (number === MANAGER_SEAT ? '' : ` of seat ${number}`);

function votes(model: Model): Action[] {
  const actions: Action[] = [];
  for (const node of model.nodes) {
    if (!node.running) continue;
    for (const seat of seatsOf(node)) {
      const { number } = seat;
      if (wantedEpoch(seat, node.id, 0, model.nowMs) !== null)
        actions.push({ name: `ask ${node.id}${ofSeat(number)}`, run: (next) => ask(next, node.id, number) });
      if (seat.phase === 'lapsed')
        actions.push({ name: `regain ${node.id}${ofSeat(number)}`, run: (next) => regain(next, node.id, number) });
      if (mayLapse(model, node, seat))
        actions.push({ name: `ungranted ${node.id}${ofSeat(number)}`, run: (next) => lapse(next, node.id, number) });
    }
    if (maySpeak(model, node)) actions.push({ name: `speak ${node.id}`, run: (next) => speak(next, node.id) });
  }
  for (const owner of model.nodes) {
    const isOwned = (number: number): boolean =>
      owner.running && seatsOf(owner).some((seat) => seat.number === number && seat.phase !== 'none');
    const runs = ({ number, holder, grantedUntilMs }: Seat): boolean =>
      holder === owner.id && grantedUntilMs > model.nowMs && !isOwned(number);
    if (model.nodes.some((voter) => seatsOf(voter).some(runs)))
      actions.push({ name: `expire ${owner.id}`, run: (next) => freeGrants(next, owner.id) });
  }
  return actions;
}

/** Those that a node asks: they count by the same set of voters. */
function votersOf({ nodes }: Model, { rules }: ModelNode): ModelNode[] {
  return nodes.filter((voter) => voter.running && rules.voters.includes(voter.id) && voter.rules.voterSet === rules.voterSet);
}

function ask(model: Model, id: NodeId, number: number): void {
  const node = nodeOf(model, id);
  const seat = seatOf(node, number);
  const epoch = wantedEpoch(seat, id, 0, model.nowMs);
  if (epoch === null) return;
  const { ordersId } = seat;
  const voters = votersOf(model, node).filter((voter) => knows(voter, number));
  const answers = voters.map((voter) => ({ voter, answer: wouldAnswer(seatOf(voter, number), id, epoch, ordersId, model.nowMs) }));
  const willing = answers.filter(({ answer }) => answer === 'yes').map(({ voter }) => voter);
  if (willing.length >= node.rules.quorum && willing.includes(node)) {
    for (const voter of willing) vote(seatOf(voter, number), id, epoch, FOR_EVER_MS, model.nowMs);
    Object.assign(seat, { phase: 'owned', epoch, standing: false, invited: 0n });
    acquired(model, node, number, epoch);
    return;
  }
  for (const { voter, answer } of answers) {
    if (answer === 'reserve') feed(model, voter.id, { type: 'reserveNeeded', seat: number, epoch });
    if (answer !== 'yes' && answer !== 'held' && voter !== node) {
      feed(model, id, { type: 'refused', seat: number, node: voter.id, answer, epoch: seatOf(voter, number).promised });
    }
  }
}

function regain(model: Model, id: NodeId, number: number): void {
  const { rules } = nodeOf(model, id);
  const seat = seatOf(nodeOf(model, id), number);
  const granting = model.nodes.filter(
    (voter) =>
      voter.running &&
      rules.voters.includes(voter.id) &&
      knows(voter, number) &&
      onClaim(seatOf(voter, number), id, seat.epoch, FOR_EVER_MS, model.nowMs),
  ).length;
  if (granting < rules.quorum) return freeGrants(model, id, number);
  seat.phase = 'owned';
  feed(model, id, { type: 'seat', news: 'regained', seat: number, epoch: seat.epoch });
}

/** The nearest deadline of all. */
function time(model: Model): Action[] {
  let next: { readonly id: NodeId; readonly atMs: number } | null = null;
  for (const { id, running, state } of model.nodes) {
    const atMs = running && state !== null ? nextDeadlineMs(state) : Number.POSITIVE_INFINITY;
    if (Number.isFinite(atMs) && (next === null || atMs < next.atMs)) next = { id, atMs };
  }
  if (next === null) return [];
  const { id, atMs } = next;
  const run = (model: Model): void => {
    model.nowMs = Math.max(model.nowMs, atMs);
    feed(model, id, { type: 'tick' });
  };
  return [{ name: `tick ${id}`, run }];
}

function faults(model: Model, configs: readonly ProtocolConfig[]): Action[] {
  const actions: Action[] = [];
  const add = (fault: Fault, name: string, run: (next: Model) => void): void => {
    if (model.budget[fault] === 0) return;
    const spend = (next: Model): void => {
      next.budget = { ...next.budget, [fault]: next.budget[fault] - 1 };
      run(next);
    };
    actions.push({ name: `${fault} ${name}`, run: spend });
  };
  for (const [index, node] of model.nodes.entries()) {
    const config = configs[index];
    if (!node.running && config !== undefined) add('restart', `${node.id}`, (next) => start(next, config));
    if (!node.running) continue;
    for (const task of node.toVote) add('refuse', `${wordsOf(task)} at ${node.id}`, (next) => answer(next, node.id, task, false));
    add('crash', `${node.id}`, (next) => crash(next, node.id));
    for (const { number, phase } of seatsOf(node))
      if (phase === 'owned') add('lapse', `${node.id}${ofSeat(number)}`, (next) => lapse(next, node.id, number));
    for (const name of ['move', 'leave', 'offline'] as const) {
      const command: Command = name === 'move' ? { name, node: null } : { name };
      if (node.state?.role === 'manager') add(name, `${node.id}`, (next) => feed(next, node.id, { type: 'command', id: 1, command }));
    }
    for (const other of node.watches) {
      if (node.up.includes(other)) add('suspect', `${other} at ${node.id}`, (next) => judge(next, node.id, other, false));
    }
  }
  for (const [key, queue] of Object.entries(model.pipes)) {
    if (queue.length > 0) add('breakPipe', key, (next) => breakPipe(next, key));
  }
  return actions;
}

export function crash(model: Model, id: NodeId): void {
  const node = nodeOf(model, id);
  node.promises = promisesOf(model, node);
  node.running = false;
  node.state = null;
  node.seat.phase = 'none';
  node.toVote = [];
  Object.assign(node, { parts: NO_PARTS, lists: {}, limits: NO_LIMITS });
  // What was on its way to it is of no use to its next start.
  model.pipes = Object.fromEntries(Object.entries(model.pipes).filter(([key]) => ends(key)[1] !== id));
}

function lapse(model: Model, id: NodeId, number: number): void {
  const seat = seatOf(nodeOf(model, id), number);
  seat.phase = 'lapsed';
  freeGrants(model, id, number);
  feed(model, id, { type: 'seat', news: 'lapsed', seat: number, epoch: seat.epoch });
}

/** All that was queued is lost, and the sender told: the message thread gives up after its time. */
function breakPipe(model: Model, key: string): void {
  const [from, to] = ends(key);
  model.pipes = { ...model.pipes, [key]: [] };
  feed(model, from, { type: 'undeliverable', node: to });
}
