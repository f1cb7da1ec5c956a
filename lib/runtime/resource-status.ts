// Addresses and resource groups in a status: who holds them, who would take them next.
import type { NodeId } from '../protocol/types.ts';

export interface AddressStatus {
  /** "10.77.0.100/24". */
  readonly address: string;
  readonly network: string;
  /** null: nobody holds it. */
  readonly owner: NodeId | null;
  /** Interface that carries it, where the owner is this node; else null. */
  readonly interface: string | null;
  /** MAC address of another holder that was seen on the wire; null: none. */
  readonly conflict: string | null;
  /**
   * For so long (ms, worst of the last second) answers wait in the egress queue of `interface`; the lease ends by so much
   * earlier. null: the address is not on here.
   */
  readonly egressMs: number | null;
}

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
  /** Nodes where its commands have failed, so that it is not given to them until `heartwire move` names them. */
  readonly failedAt: readonly NodeId[];
  /** Its commands on this node, in their order. */
  readonly commands: readonly CommandStatus[];
  readonly addresses: readonly AddressStatus[];
}

/** A command of a group, on this node. */
export interface CommandStatus {
  readonly command: string;
  /** `waiting`: not started, since the group is not here or an earlier command is not yet started. */
  readonly state: 'waiting' | 'starting' | 'running' | 'stopping' | 'failed';
  /** How often it was started again since the group came here, or since ten good checks in a row. */
  readonly restarts: number;
}
