// What the systems have in common that carry messages in this bench: one sender, node 1, and receivers, nodes 2 and up,
// that answer with one byte where the first byte of a message asks for it.
export const SENDER = 1;

export interface Transport {
  /** To the first so many receivers, in the way that suits the system best. */
  multicast(receivers: number, message: Uint8Array): void;
  /** A receiver's answer to the sender. */
  answer(message: Uint8Array): void;
}

export interface TransportPlan {
  /** The node that this program is. */
  readonly node: number;
  readonly receivers: readonly number[];
  /** IPv4 address of a node, and of the host that a broker runs on. */
  readonly address: (node: number) => string;
  readonly broker: string;
  readonly hear: (from: number, message: Uint8Array) => void;
}

/** Resolves when everybody can be reached. */
export type OpenTransport = (plan: TransportPlan) => Promise<Transport>;
