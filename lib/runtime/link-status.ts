// What a status says of the links of a node and of the paths over them to each other node.
import type { NodeId } from '../protocol/types.ts';

export interface LinkStatus {
  readonly link: number;
  /** For people: "a udp eth0", "serial /dev/ttyS0". */
  readonly name: string;
  readonly kind: 'udp' | 'udp6' | 'ethernet' | 'serial';
  /** null: a serial line. */
  readonly network: string | null;
  /** Interface or device on this node; null: this node is not on that link. */
  readonly interface: string | null;
  readonly open: boolean;
  readonly carrier: boolean;
  /** Why it is not open. */
  readonly reason: string | null;
  readonly peers: readonly PeerPathStatus[];
}

export interface PeerPathStatus {
  readonly node: NodeId;
  /** Heard on this link. */
  readonly up: boolean;
  /** It is heard on no link at all, and lives: this node passes its frames on (X4). Null: none does, or none is needed. */
  readonly via: NodeId | null;
  /** Smoothed; null: none measured yet. */
  readonly roundTripUs: number | null;
  /** It has said that what goes to the multicast group arrives there; else it is sent to alone. Null: the network has no `multicast`. */
  readonly multicast: boolean | null;
  readonly sent: number;
  readonly received: number;
  /** Percent of the sequence numbers that never came, 0-100. */
  readonly lossPercent: number;
}
