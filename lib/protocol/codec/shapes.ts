// The shape of everything that comes from other nodes. Strict: unknown fields are refused, numbers are bounded. CBOR
// writes small bigints as plain integers, so epochs are brought back to bigint (big.ts).
import { z } from 'zod';
import { big } from './big.ts';
import type { InactivityMessage } from '../inactivity/messages.ts';
import type { Message } from '../membership/messages.ts';
import { type Announcement, CLUSTER_EVENTS, PROGRAM_EVENT } from '../types.ts';
import { configurationMessageShape } from './configuration-shapes.ts';
import { groupMessageShape } from './group-shapes.ts';
import { parameterSetShape, roundsMessageShape } from './round-shapes.ts';

const LIST_MAX = 2000;
const text = z.string().max(300);
const nodeId = z.number().int().min(1).max(65535);
const anyNode = z.number().int().min(0).max(65535);
const link = z.number().int().min(0).max(7);
const memberId = z.number().int().min(1).max(1_000_000).nullable();
const port = z.number().int().min(0).max(65535);
const role = z.enum(['unmanaged', 'client', 'standby', 'manager', 'offline']);

const nic = z.strictObject({ link, network: text, interface: text, address: text.nullable(), mac: text.nullable(), carrier: z.boolean() });

const description = z.strictObject({
  node: nodeId,
  name: text,
  boot: big,
  memberId,
  nodeClass: text,
  preferredRole: z.enum(['manager', 'standby', 'client', 'none']),
  voter: z.boolean(),
  mayManage: z.boolean(),
  bridged: z.boolean(),
  address: text,
  hostName: text,
  beatPort: port,
  messagePort: port,
  httpPort: port,
  beatTimeoutMs: z.number().positive().max(3_600_000).nullable(),
  beatPackets: z.number().int().min(1).max(1000).nullable(),
  nics: z.array(nic).max(8),
  version: text,
});

export const announcementShape: z.ZodType<Announcement> = z.strictObject({
  cluster: text,
  description,
  role,
  promisedEpoch: big,
  manager: z.strictObject({ epoch: big, nodes: z.number().int().min(1).max(65535), quorate: z.boolean() }).nullable(),
});

const durationMs = z.number().min(0).max(86_400_000);

const entry = z.strictObject({
  node: nodeId,
  boot: big,
  memberId,
  state: z.enum(['active', 'failed', 'offline', 'gone']),
  role,
  description,
  away: z.strictObject({ reason: text, forMs: durationMs, leftMs: durationMs, managed: z.boolean(), applied: big }).nullable(),
});
const virtualAddress = z.strictObject({ address: text, network: text });
const virtualAddresses = z.array(virtualAddress).max(64);
const table = z.array(entry).max(LIST_MAX);
const clusterEvent = z.strictObject({
  event: z.enum(CLUSTER_EVENTS),
  atMs: z.number(),
  node: anyNode,
  memberId,
  description: description.nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

const { nameMax, factsMax, textMax } = PROGRAM_EVENT;
const facts = z
  .record(z.string().min(1).max(nameMax), z.union([z.string().max(textMax), z.number(), z.boolean(), z.null()]))
  .refine((each) => Object.keys(each).length <= factsMax && !('name' in each));

const command = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('offline') }),
  z.strictObject({ name: z.literal('online') }),
  z.strictObject({ name: z.literal('leave') }),
  z.strictObject({ name: z.literal('move'), node: nodeId.nullable() }),
  z.strictObject({ name: z.literal('moveGroup'), group: text, node: nodeId.nullable() }),
  z.strictObject({ name: z.literal('setStandby'), node: nodeId }),
  z.strictObject({ name: z.literal('changeActiveNetwork'), network: text }),
  z.strictObject({ name: z.literal('addVirtualAddress'), address: virtualAddress }),
  z.strictObject({ name: z.literal('deleteVirtualAddress'), address: text }),
  z.strictObject({ name: z.literal('publish'), event: z.string().min(1).max(nameMax), facts }),
]);
const id = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const membershipMessageShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hail'), announcement: announcementShape }),
  z.strictObject({ kind: z.literal('connect'), epoch: big }),
  z.strictObject({ kind: z.literal('describe'), description }),
  z.strictObject({
    kind: z.literal('assign'),
    memberId: z.number().int().min(1).max(1_000_000),
    epoch: big,
    manager: description,
    standby: nodeId.nullable(),
    beatTimeoutMs: z.number().positive().max(3_600_000),
    beatPackets: z.number().int().min(1).max(1000),
    activeNetwork: text,
    table,
    virtualAddresses,
    changing: big.nullable(),
    parameters: parameterSetShape,
  }),
  z.strictObject({ kind: z.literal('parameters'), set: parameterSetShape }),
  z.strictObject({ kind: z.literal('askParameters') }),
  z.strictObject({ kind: z.literal('beatsReady') }),
  z.strictObject({ kind: z.literal('beStandby'), epoch: big, table, bridged: z.array(z.strictObject({ host: text, port })).max(LIST_MAX) }),
  z.strictObject({ kind: z.literal('standbyReady') }),
  z.strictObject({ kind: z.literal('newStandby'), standby: nodeId.nullable() }),
  z.strictObject({ kind: z.literal('orders'), ordersId: big, baseEpoch: big, chain: z.array(nodeId).max(8) }),
  z.strictObject({ kind: z.literal('ordersInstalled'), ordersId: big, ok: z.boolean(), newestId: big }),
  z.strictObject({ kind: z.literal('propose'), epoch: big, ordersId: big }),
  z.strictObject({ kind: z.literal('ballot'), epoch: big, ok: z.boolean(), promised: big, newestId: big, reason: text }),
  z.strictObject({
    kind: z.literal('newManager'),
    epoch: big,
    manager: description,
    activeNetwork: text,
    virtualAddresses,
    changing: big.nullable(),
  }),
  z.strictObject({ kind: z.literal('member'), entry }),
  z.strictObject({
    kind: z.literal('table'),
    table,
    standby: nodeId.nullable(),
    activeNetwork: text,
    virtualAddresses,
    changing: big.nullable(),
  }),
  z.strictObject({ kind: z.literal('resigning'), successor: anyNode, leaves: z.boolean() }),
  z.strictObject({ kind: z.literal('resignationHeard') }),
  z.strictObject({ kind: z.literal('retiring') }),
  z.strictObject({ kind: z.literal('leaving') }),
  z.strictObject({ kind: z.literal('clientList'), table }),
  z.strictObject({ kind: z.literal('goUnmanaged'), winner: nodeId }),
  z.strictObject({ kind: z.literal('activeNetwork'), network: text, why: text }),
  z.strictObject({ kind: z.literal('virtualAddresses'), addresses: virtualAddresses, changing: big.nullable() }),
  z.strictObject({ kind: z.literal('event'), event: clusterEvent }),
  z.strictObject({ kind: z.literal('request'), id, command }),
  z.strictObject({ kind: z.literal('response'), id, error: z.strictObject({ code: text, message: text }).nullable() }),
]);

const inactivityMessageShape: z.ZodType<InactivityMessage> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('inactive'),
    ...{ forMs: durationMs, responseMs: durationMs, reason: text, managed: z.boolean(), applied: big, again: z.boolean() },
  }),
  z.strictObject({ kind: z.literal('inactiveNoted') }),
  z.strictObject({ kind: z.literal('returning'), isStandby: z.boolean() }),
  z.strictObject({ kind: z.literal('returnHeard') }),
  z.strictObject({ kind: z.literal('normal'), managed: z.boolean() }),
]);

export const messageShape: z.ZodType<Message> = z.union([
  roundsMessageShape,
  inactivityMessageShape,
  configurationMessageShape,
  groupMessageShape,
  membershipMessageShape,
]);
