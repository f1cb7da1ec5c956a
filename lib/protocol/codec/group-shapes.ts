// The shape of what nodes say to each other of resource groups.
import { z } from 'zod';
import { big } from './big.ts';
import type { GroupMessage } from '../resources/messages.ts';

const nodeId = z.number().int().min(1).max(65535);
const anyNode = z.number().int().min(0).max(65535);
const seat = z.number().int().min(1).max(7);

export const groupMessageShape: z.ZodType<GroupMessage> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('groupOrders'), seat, ordersId: big, baseEpoch: big, chain: z.array(nodeId).max(8) }),
  z.strictObject({
    kind: z.literal('groupOrdersInstalled'),
    seat,
    ordersId: big,
    ok: z.boolean(),
    newestId: big,
    promised: big,
  }),
  z.strictObject({ kind: z.literal('groupStand'), seat, ordersId: big }),
  z.strictObject({ kind: z.literal('groupRelease'), seat, epoch: big, successor: anyNode }),
  z.strictObject({
    kind: z.literal('groupState'),
    seat,
    owns: z.enum(['none', 'owned', 'lapsed']),
    epoch: big,
    refused: big,
    failed: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('groupForgive'), seat }),
]);
