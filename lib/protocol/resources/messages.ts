// What nodes say to each other of resource groups. `seat` names the group.
import type { Epoch, NodeId } from '../types.ts';

export type GroupMessage =
  /** Standing orders for a group, and their installation; `newestId`, `promised`: the newest that this voter has. */
  | {
      readonly kind: 'groupOrders';
      readonly seat: number;
      readonly ordersId: bigint;
      readonly baseEpoch: Epoch;
      readonly chain: readonly NodeId[];
    }
  | {
      readonly kind: 'groupOrdersInstalled';
      readonly seat: number;
      readonly ordersId: bigint;
      readonly ok: boolean;
      readonly newestId: bigint;
      readonly promised: Epoch;
    }
  /** The manager to the first of these orders: nobody holds the group, take it. */
  | { readonly kind: 'groupStand'; readonly seat: number; readonly ordersId: bigint }
  /** The manager to the holder: give it up to `successor`. */
  | { readonly kind: 'groupRelease'; readonly seat: number; readonly epoch: Epoch; readonly successor: NodeId }
  /** To everybody: the sender's part in the group; `refused`: the highest epoch that its asks or claims met. */
  | {
      readonly kind: 'groupState';
      readonly seat: number;
      readonly owns: 'none' | 'owned' | 'lapsed';
      readonly epoch: Epoch;
      readonly refused: Epoch;
      /** Its commands have failed at the sender. */
      readonly failed: boolean;
    }
  /** The manager, for a person: failures of the group's commands at the receiver are forgotten. */
  | { readonly kind: 'groupForgive'; readonly seat: number };
