// What nodes say to each other over reliable datagrams. One union, so that a message that nobody handles is a type error.
import type {
  Announcement,
  Boot,
  BridgedNode,
  ClusterEvent,
  Command,
  Epoch,
  MemberId,
  NodeDescription,
  NodeId,
  Role,
  VirtualAddress,
} from '../types.ts';

import type { InactivityMessage } from '../inactivity/messages.ts';
import type { ConfigurationMessage } from '../reconfiguration/catching-up.ts';
import type { GroupMessage } from '../resources/messages.ts';
import type { ParameterSet } from '../parameters/settings.ts';
import type { RoundsMessage } from '../rounds/messages.ts';
import type { ProtocolNumber } from '../rounds/state.ts';

/** How a member stands in the manager's table. */
export type MemberState = 'active' | 'failed' | 'offline' | 'gone';

export interface TableEntry {
  readonly node: NodeId;
  readonly boot: Boot;
  readonly memberId: MemberId | null;
  readonly state: MemberState;
  readonly role: Role;
  readonly description: NodeDescription;
  /** It has said that it does not answer for `forMs`; so much is left. */
  readonly away: {
    readonly reason: string;
    readonly forMs: number;
    readonly leftMs: number;
    readonly managed: boolean;
    readonly applied: ProtocolNumber;
  } | null;
}

/** What the manager's seat has, as its manager tells it. */
export interface SeatTold {
  readonly activeNetwork: string;
  readonly virtualAddresses: readonly VirtualAddress[];
  /** A change in the middle of which this is: what it releases or acquires may be missing or there. */
  readonly changing: ProtocolNumber | null;
}

export type Message =
  | RoundsMessage
  | InactivityMessage
  | ConfigurationMessage
  | GroupMessage
  /** An announcement to one node that broadcasts do not reach (C14), or that was heard just now. */
  | { readonly kind: 'hail'; readonly announcement: Announcement }
  /** C5, 2-3: the manager connects. */
  | { readonly kind: 'connect'; readonly epoch: Epoch }
  /** C5, 5: the client describes itself. */
  | { readonly kind: 'describe'; readonly description: NodeDescription }
  /** C5, 8: the manager describes itself and gives member id and role, with all that a member must know. */
  | (SeatTold & {
      readonly kind: 'assign';
      readonly memberId: MemberId;
      readonly epoch: Epoch;
      readonly manager: NodeDescription;
      readonly standby: NodeId | null;
      readonly beatTimeoutMs: number;
      readonly beatPackets: number;
      readonly table: readonly TableEntry[];
      readonly parameters: ParameterSet;
    })
  /** P4: to a node that has older parameters, or asks for them. */
  | { readonly kind: 'parameters'; readonly set: ParameterSet }
  | { readonly kind: 'askParameters' }
  /** C5, 11: the client's heartbeat port is open, heartbeats can start. */
  | { readonly kind: 'beatsReady' }
  /** C9: a client is made standby; and says that it is ready. */
  | { readonly kind: 'beStandby'; readonly epoch: Epoch; readonly table: readonly TableEntry[]; readonly bridged: readonly BridgedNode[] }
  | { readonly kind: 'standbyReady' }
  | { readonly kind: 'newStandby'; readonly standby: NodeId | null }
  /** Standing orders for the manager's seat, and their installation; `newestId`: the newest that this voter has. */
  | { readonly kind: 'orders'; readonly ordersId: bigint; readonly baseEpoch: Epoch; readonly chain: readonly NodeId[] }
  | { readonly kind: 'ordersInstalled'; readonly ordersId: bigint; readonly ok: boolean; readonly newestId: bigint }
  /** C2: a candidate asks for ballots for this epoch; a voter casts its ballot or says why not. */
  | { readonly kind: 'propose'; readonly epoch: Epoch; readonly ordersId: bigint }
  | {
      readonly kind: 'ballot';
      readonly epoch: Epoch;
      readonly ok: boolean;
      readonly promised: Epoch;
      readonly newestId: bigint;
      readonly reason: string;
    }
  /** C8: a successor has taken over; its clients are not incorporated anew. */
  | (SeatTold & {
      readonly kind: 'newManager';
      readonly epoch: Epoch;
      readonly manager: NodeDescription;
    })
  /** One row of the table has changed. */
  | { readonly kind: 'member'; readonly entry: TableEntry }
  /** What a new member has missed while it joined. */
  | (SeatTold & {
      readonly kind: 'table';
      readonly table: readonly TableEntry[];
      readonly standby: NodeId | null;
    })
  /** C8: the manager is about to hand over to `successor`; the successor says that it knows. */
  | { readonly kind: 'resigning'; readonly successor: NodeId; readonly leaves: boolean }
  | { readonly kind: 'resignationHeard' }
  /** The sender hands its groups over before it goes: to whoever manages, who gives it none meanwhile. */
  | { readonly kind: 'retiring' }
  /** The sender goes offline, or its process ends. */
  | { readonly kind: 'leaving' }
  /** C11: the loser of a merge tells the winner its nodes, and its nodes to seek the winner. */
  | { readonly kind: 'clientList'; readonly table: readonly TableEntry[] }
  | { readonly kind: 'goUnmanaged'; readonly winner: NodeId }
  | { readonly kind: 'activeNetwork'; readonly network: string; readonly why: string }
  | { readonly kind: 'virtualAddresses'; readonly addresses: readonly VirtualAddress[]; readonly changing: SeatTold['changing'] }
  | { readonly kind: 'event'; readonly event: ClusterEvent }
  /** A command that only the manager can carry out, given at another node. */
  | { readonly kind: 'request'; readonly id: number; readonly command: Command }
  | { readonly kind: 'response'; readonly id: number; readonly error: { readonly code: string; readonly message: string } | null };
