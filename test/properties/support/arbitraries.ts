// Anything that may come in: every message, every announcement, every event, with ids small enough to meet each other.
import fc, { type Arbitrary } from 'fast-check';
import type { Message, TableEntry } from '../../../lib/protocol/membership/messages.ts';
import { parameterNames } from '../../../lib/protocol/parameters/definitions.ts';
import type { ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import {
  type Announcement,
  type ClusterEvent,
  CLUSTER_EVENTS,
  type Command,
  type Event,
  type NodeDescription,
} from '../../../lib/protocol/types.ts';
import { describeNode } from '../../scenarios/support/cluster.ts';

/** Plain objects, like what the codec reads. */
const record = <T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> => fc.record(model, { noNullPrototype: true });

export const node: Arbitrary<number> = fc.integer({ min: 1, max: 5 });
const maybeNode = fc.option(node, { nil: null });
const epoch = fc.bigInt({ min: 0n, max: 12n });
const big = fc.oneof(epoch, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const ordersId = fc.bigInt({ min: 0n, max: 1n << 20n });
const role = fc.constantFrom('unmanaged' as const, 'client' as const, 'standby' as const, 'manager' as const, 'offline' as const);
const memberId = fc.option(fc.integer({ min: 1, max: 9 }), { nil: null });
const word = fc.constantFrom('alpha', 'beta', '');

export const description: Arbitrary<NodeDescription> = fc
  .tuple(
    node,
    fc.constantFrom('manager' as const, 'standby' as const, 'client' as const, 'none' as const),
    fc.bigInt({ min: 1n, max: 3n }),
    memberId,
    fc.boolean(),
  )
  .map(([id, preferredRole, boot, member, bridged]) => ({ ...describeNode({ id, preferredRole, bridged }, true), boot, memberId: member }));

export const announcement: Arbitrary<Announcement> = record({
  cluster: fc.constant('test'),
  description,
  role,
  promisedEpoch: epoch,
  manager: fc.option(record({ epoch, nodes: fc.integer({ min: 1, max: 5 }), quorate: fc.boolean() }), { nil: null }),
});

const entry: Arbitrary<TableEntry> = description.chain((each) =>
  record({
    node: fc.constant(each.node),
    boot: fc.constant(each.boot),
    memberId,
    state: fc.constantFrom('active' as const, 'failed' as const, 'offline' as const, 'gone' as const),
    role,
    description: fc.constant(each),
    away: fc.option(
      record({
        reason: word,
        forMs: fc.integer({ min: 0, max: 1_800_000 }),
        leftMs: fc.integer({ min: 0, max: 1_800_000 }),
        managed: fc.boolean(),
        applied: fc.bigInt({ min: 0n, max: 9n }),
      }),
      { nil: null },
    ),
  }),
);
const table = fc.array(entry, { maxLength: 4 });
const virtualAddress = record({ address: fc.constantFrom('10.1.0.100/24', 'fd00::1/64'), network: word });
const virtualAddresses = fc.array(virtualAddress, { maxLength: 2 });
const changing = fc.option(big, { nil: null });
const chain = fc.array(node, { maxLength: 3 });

const event: Arbitrary<ClusterEvent> = record({
  event: fc.constantFrom(...CLUSTER_EVENTS),
  atMs: fc.integer({ min: 0, max: 1e9 }),
  node,
  memberId,
  description: fc.option(description, { nil: null }),
  details: fc.dictionary(word, fc.oneof(word, fc.boolean(), fc.constant(null)), { noNullPrototype: true }),
});

const sentCommand: Arbitrary<Command> = fc.oneof(
  record({ name: fc.constantFrom('offline' as const, 'online' as const, 'leave' as const) }),
  record({ name: fc.constant('move' as const), node: maybeNode }),
  record({ name: fc.constant('setStandby' as const), node }),
  record({ name: fc.constant('changeActiveNetwork' as const), network: word }),
  record({ name: fc.constant('addVirtualAddress' as const), address: virtualAddress }),
  record({ name: fc.constant('deleteVirtualAddress' as const), address: word }),
  record({
    name: fc.constant('publish' as const),
    event: fc.constant('backup'),
    facts: fc.dictionary(fc.constantFrom('alpha', 'beta'), fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)), {
      noNullPrototype: true,
      maxKeys: 32,
    }),
  }),
);

/** Also those that no node sends on to another. */
const operation = record({
  form: fc.constantFrom('two-phase' as const, 'three-phase' as const),
  durable: fc.boolean(),
  name: fc.constant('transfer'),
  data: fc.string({ maxLength: 5 }),
});
const timeoutMs = fc.integer({ min: 1, max: 9000 });

export const command: Arbitrary<Command> = fc.oneof(
  { arbitrary: sentCommand, weight: 6 },
  { arbitrary: record({ name: fc.constant('propose' as const), kind: fc.constant('commit'), body: operation, timeoutMs }), weight: 3 },
  record({
    name: fc.constant('pause' as const),
    forMs: fc.integer({ min: 0, max: 20_000 }),
    reason: word,
    responseMs: fc.integer({ min: 0, max: 2000 }),
    policy: fc.constantFrom('move' as const, 'keep' as const),
  }),
  record({ name: fc.constant('resume' as const) }),
);

const kind = <K extends string>(name: K): Arbitrary<K> => fc.constant(name);
const id = fc.integer({ min: 0, max: 9 });
/** Of groups, or of none. */
const groupSeat = fc.integer({ min: 1, max: 3 });
const durationMs = fc.integer({ min: 0, max: 20_000 });

const parameters: Arbitrary<ParameterSet> = record({
  version: fc.bigInt({ min: 0n, max: 9n }),
  settings: fc.array(
    record({
      name: fc.constantFrom(...parameterNames),
      node: maybeNode,
      pair: fc.constantFrom<readonly [number, number] | null>(null, [1, 2]),
      value: fc.integer({ min: 1, max: 1000 }),
    }),
    { maxLength: 3 },
  ),
});

/** Of protocols that there may be: the first ones of an epoch. */
const protocolNumber = fc.tuple(epoch, fc.bigInt({ min: 1n, max: 4n })).map(([inEpoch, count]) => (inEpoch << 32n) | count);
const count = fc.integer({ min: 0, max: 9 });
const participant = record({ node, boot: fc.bigInt({ min: 1n, max: 3n }) });
const outcome = record({
  committed: fc.boolean(),
  code: fc.constantFrom('agreed' as const, 'veto' as const, 'view' as const, 'time' as const, 'cancelled' as const),
  reason: word,
  culprit: fc.integer({ min: 0, max: 5 }),
});
const opening = record({
  number: protocolNumber,
  proposal: record({ node, boot: fc.bigInt({ min: 1n, max: 3n }), counter: count }),
  kind: fc.constantFrom('commit', 'commit', 'nothing that is known'),
  body: operation,
  participants: fc.uniqueArray(participant, { selector: (each) => each.node, maxLength: 4 }),
  leftOut: fc.uniqueArray(node, { maxLength: 2 }),
  timeoutMs,
});

/** Of which an operation is made. */
export const operationMessage: Arbitrary<Message> = fc.oneof(
  record({ kind: kind('open'), opening }),
  record({
    kind: kind('ack'),
    number: protocolNumber,
    round: fc.integer({ min: 0, max: 2 }),
    ok: fc.boolean(),
    reason: word,
    payload: fc.constant(null),
  }),
  record({ kind: kind('outcome'), number: protocolNumber, outcome }),
  record({ kind: kind('wish'), counter: count, protocol: fc.constant('commit'), body: operation, timeoutMs }),
);

const awaited = record({
  number: protocolNumber,
  participants: fc.uniqueArray(participant, { selector: (each) => each.node, maxLength: 4 }),
});
const known = awaited.chain((each) => record({ ...constants(each), kind: fc.constantFrom('commit', 'nothing that is known') }));
const ended = record({ opening, outcome });

function constants<T extends object>(value: T): { readonly [K in keyof T]: Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fc.constant(each)])) as never;
}

/** Where members stand in operations, and what they have missed. */
const positionMessage: Arbitrary<Message> = fc.oneof(
  record({
    kind: kind('position'),
    applied: fc.oneof(fc.constant(0n), protocolNumber),
    forgottenUpTo: fc.oneof(fc.constant(0n), protocolNumber),
    takesOver: fc.boolean(),
    inDoubt: fc.array(known, { maxLength: 2 }),
    decided: fc.array(known, { maxLength: 2 }),
    listening: fc.array(awaited, { maxLength: 2 }),
    parameters,
  }),
  record({
    kind: kind('missed'),
    after: fc.oneof(fc.constant(0n), protocolNumber),
    since: protocolNumber,
    ended: fc.array(ended, { maxLength: 3 }),
    more: fc.boolean(),
    undecided: fc.array(awaited, { maxLength: 2 }),
    applied: protocolNumber,
    epoch,
  }),
  record({ kind: kind('missedNext'), after: protocolNumber, epoch }),
  record({ kind: kind('awaits'), undecided: fc.array(awaited, { maxLength: 2 }) }),
  record({ kind: kind('decision'), ended }),
);

export const message: Arbitrary<Message> = fc.oneof(
  { arbitrary: operationMessage, weight: 8 },
  { arbitrary: positionMessage, weight: 2 },
  record({ kind: kind('hail'), announcement }),
  record({ kind: kind('connect'), epoch }),
  record({ kind: kind('describe'), description }),
  record({
    kind: kind('assign'),
    memberId: fc.integer({ min: 1, max: 9 }),
    epoch,
    manager: description,
    standby: maybeNode,
    beatTimeoutMs: fc.constantFrom(1000, 3),
    beatPackets: fc.constantFrom(10, 3),
    activeNetwork: word,
    table,
    virtualAddresses,
    changing,
    parameters,
  }),
  record({ kind: kind('parameters'), set: parameters }),
  record({ kind: kind('askParameters') }),
  record({
    kind: fc.constantFrom(
      'beatsReady' as const,
      'standbyReady' as const,
      'resignationHeard' as const,
      'leaving' as const,
      'retiring' as const,
    ),
  }),
  record({
    kind: kind('inactive'),
    ...{ forMs: durationMs, responseMs: durationMs, reason: word, managed: fc.boolean(), applied: protocolNumber, again: fc.boolean() },
  }),
  record({ kind: fc.constantFrom('inactiveNoted' as const, 'returnHeard' as const) }),
  record({ kind: kind('returning'), isStandby: fc.boolean() }),
  record({ kind: kind('normal'), managed: fc.boolean() }),
  record({ kind: kind('beStandby'), epoch, table, bridged: fc.array(record({ host: word, port: fc.constant(1199) }), { maxLength: 1 }) }),
  record({ kind: kind('newStandby'), standby: maybeNode }),
  record({ kind: kind('orders'), ordersId, baseEpoch: epoch, chain }),
  record({ kind: kind('ordersInstalled'), ordersId, ok: fc.boolean(), newestId: ordersId }),
  record({ kind: kind('propose'), epoch, ordersId }),
  record({ kind: kind('groupOrders'), seat: groupSeat, ordersId, baseEpoch: epoch, chain }),
  record({ kind: kind('groupOrdersInstalled'), seat: groupSeat, ordersId, ok: fc.boolean(), newestId: ordersId, promised: epoch }),
  record({ kind: kind('groupStand'), seat: groupSeat, ordersId }),
  record({ kind: kind('groupRelease'), seat: groupSeat, epoch, successor: fc.integer({ min: 0, max: 5 }) }),
  record({
    kind: kind('groupState'),
    seat: groupSeat,
    owns: fc.constantFrom('none' as const, 'owned' as const, 'lapsed' as const),
    epoch,
    refused: epoch,
    failed: fc.boolean(),
  }),
  record({ kind: kind('groupForgive'), seat: groupSeat }),
  record({ kind: kind('ballot'), epoch, ok: fc.boolean(), promised: epoch, newestId: ordersId, reason: word }),
  record({ kind: kind('newManager'), epoch, manager: description, activeNetwork: word, virtualAddresses, changing }),
  record({ kind: kind('member'), entry }),
  record({ kind: kind('table'), table, standby: maybeNode, activeNetwork: word, virtualAddresses, changing }),
  record({ kind: kind('resigning'), successor: fc.integer({ min: 0, max: 5 }), leaves: fc.boolean() }),
  record({ kind: kind('clientList'), table }),
  record({ kind: kind('goUnmanaged'), winner: node }),
  record({ kind: kind('activeNetwork'), network: word, why: word }),
  record({ kind: kind('virtualAddresses'), addresses: virtualAddresses, changing }),
  record({ kind: kind('event'), event }),
  record({ kind: kind('request'), id, command: sentCommand }),
  record({ kind: kind('response'), id, error: fc.option(record({ code: word, message: word }), { nil: null }) }),
);

/** With the full range of what a field may hold. */
export const wideMessage: Arbitrary<Message> = fc.oneof(message, record({ kind: kind('connect'), epoch: big }));

const news = fc.constantFrom(
  'acquired' as const,
  'open' as const,
  'lapsed' as const,
  'regained' as const,
  'released' as const,
  'failed' as const,
  'closed' as const,
);
const seat = fc.constantFrom(0, 0, 0, 1);
const boot = fc.bigInt({ min: 1n, max: 3n });

export const anyEvent: Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: record({ type: kind('tick') }) },
  {
    weight: 4,
    arbitrary: announcement.map((each) => ({
      type: 'announced' as const,
      from: each.description.node,
      boot: each.description.boot,
      announcement: each,
    })),
  },
  { weight: 12, arbitrary: record({ type: kind('received'), from: node, boot, message }) },
  { weight: 1, arbitrary: record({ type: kind('sessionUp'), node, boot }) },
  { weight: 2, arbitrary: record({ type: fc.constantFrom('nodeUp' as const, 'nodeDown' as const), node }) },
  { weight: 1, arbitrary: record({ type: kind('undeliverable'), node }) },
  {
    weight: 1,
    arbitrary: record({ type: fc.constantFrom('linkUp' as const, 'linkDown' as const), node, link: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: record({ type: kind('carrier'), link: fc.integer({ min: 0, max: 2 }), up: fc.boolean() }) },
  { weight: 4, arbitrary: record({ type: kind('seat'), news, seat, epoch }) },
  { weight: 1, arbitrary: record({ type: kind('holder'), seat, node, epoch }) },
  { weight: 1, arbitrary: record({ type: kind('refused'), seat, node, answer: fc.constantFrom('epoch_old', 'orders', 'held'), epoch }) },
  { weight: 1, arbitrary: record({ type: kind('reserveNeeded'), seat, epoch }) },
  { weight: 2, arbitrary: record({ type: kind('reserved'), seat, epoch: fc.bigInt({ min: 0n, max: 40n }), ok: fc.boolean() }) },
  { weight: 1, arbitrary: record({ type: kind('nodeStalled'), node, stalled: fc.boolean() }) },
  { weight: 1, arbitrary: record({ type: kind('nodeServes'), node, networks: fc.nat(255) }) },
  { weight: 1, arbitrary: record({ type: kind('unfit'), seat: fc.nat(7), why: fc.constantFrom('stalled', 'no-carrier', 'hears-nobody') }) },
  { weight: 1, arbitrary: record({ type: kind('duplicateNode'), node }) },
  { weight: 1, arbitrary: record({ type: kind('gap') }) },
  { weight: 3, arbitrary: record({ type: kind('command'), id: fc.constant(0), command }) },
);
