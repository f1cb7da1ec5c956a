// The plain alternative: a connection a receiver, messages after their length; no key, one network, no delay (TCP_NODELAY).
import { connect, createServer, type Socket } from 'node:net';
import { type OpenTransport, SENDER, type TransportPlan } from './transport.ts';

const PORT = 29_520;
const LENGTH_BYTES = 4;

export const tcpTransport: OpenTransport = (plan) => (plan.node === SENDER ? connectToAll(plan) : listen(plan));

async function connectToAll(plan: TransportPlan): Promise<ReturnType<typeof speaker>> {
  const sockets = await Promise.all(
    plan.receivers.map(async (receiver) => {
      const socket = await patientConnect(PORT, plan.address(receiver));
      listenTo(socket, (message) => plan.hear(receiver, message));
      return socket;
    }),
  );
  return speaker(sockets);
}

function listen(plan: TransportPlan): Promise<ReturnType<typeof speaker>> {
  return new Promise((resolve) => {
    createServer((socket) => {
      socket.setNoDelay(true);
      listenTo(socket, (message) => plan.hear(SENDER, message));
      resolve(speaker([socket]));
    }).listen(PORT);
  });
}

function speaker(sockets: readonly Socket[]): {
  multicast: (receivers: number, message: Uint8Array) => void;
  answer: (message: Uint8Array) => void;
} {
  const send = (socket: Socket, message: Uint8Array): void => {
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(message.length);
    socket.cork();
    socket.write(length);
    socket.write(message);
    socket.uncork();
  };
  return {
    multicast: (receivers, message) => {
      for (const socket of sockets.slice(0, receivers)) send(socket, message);
    },
    answer: (message) => send(sockets[0] as Socket, message),
  };
}

function listenTo(socket: Socket, hear: (message: Uint8Array) => void): void {
  const kept = new Chunks();
  socket.on('data', (chunk) => {
    kept.push(chunk);
    for (;;) {
      const length = kept.peek(LENGTH_BYTES)?.readUInt32LE();
      if (length === undefined || kept.bytes < LENGTH_BYTES + length) return;
      kept.take(LENGTH_BYTES);
      hear(kept.take(length));
    }
  });
}

/** Bytes that arrived in pieces; they are joined once, when a whole message is there. */
export class Chunks {
  #chunks: Buffer[] = [];
  bytes = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** The first bytes, joined; undefined when so many are not there. */
  peek(bytes: number): Buffer | undefined {
    if (this.bytes < bytes) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  take(bytes: number): Buffer {
    const first = this.peek(bytes) ?? Buffer.alloc(0);
    this.bytes -= bytes;
    if (first.length > bytes) this.#chunks[0] = first.subarray(bytes);
    else this.#chunks.shift();
    return first.subarray(0, bytes);
  }
}

/** Connects as soon as somebody listens. */
export function patientConnect(port: number, host: string): Promise<Socket> {
  return new Promise((resolve) => {
    const attempt = (): void => {
      const socket = connect({ port, host, noDelay: true });
      const again = (): void => void setTimeout(attempt, 50);
      socket.once('error', again).once('connect', () => {
        socket.off('error', again);
        resolve(socket);
      });
    };
    attempt();
  });
}
