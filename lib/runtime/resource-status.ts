// Resource groups in a status: who holds them, who would take them next.
import type { NodeId } from '../protocol/types.ts';
import type { AddressStatus } from './types.ts';

/** A resource group (R8). */
export interface ResourceStatus {
  readonly group: string;
  /** Null: nobody has it, as far as this node knows. */
  readonly holder: NodeId | null;
  /** Null: nobody has had it since this node started. Its commands and clients are fenced by it. */
  readonly epoch: number | null;
  readonly owner: NodeId;
  readonly successors: readonly NodeId[];
  /** Null: it stays where it is. */
  readonly failBackAfterMs: number | null;
  /** Where it is being moved to by plan; only the manager knows. */
  readonly movesTo: NodeId | null;
  /** Whoever could take it next would do so, in their order, were its holder to fail now; only the manager knows. */
  readonly ordersInstalled: boolean | null;
  readonly addresses: readonly AddressStatus[];
}
