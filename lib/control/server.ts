// The daemon's ear: an AF_UNIX socket on which people's commands come in. The command line and
// `connect()` speak to it; docs/api.md describes the lines.
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { HeartwireError } from '../errors.ts';
import { ControlSession, type SessionOptions } from './session.ts';
import { bindSocket } from './socket-file.ts';

export const CLIENTS_MAX = 64;

export class ControlServer {
  readonly #server: Server;
  readonly #options: SessionOptions;
  readonly #sessions = new Set<ControlSession>();
  readonly #path: string;
  #inode: number | null = null;

  constructor(path: string, options: SessionOptions) {
    this.#path = path;
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** @throws HeartwireError HW_SOCKET_IN_USE, HW_SOCKET_FAILED, HW_GROUP_UNKNOWN */
  async listen(): Promise<void> {
    await bindSocket(this.#server, this.#path, this.#options.group);
    this.#inode = lstatSync(this.#path).ino;
    this.#server.on('error', (error) => this.#options.logger.error({ reason: error.message }, 'control socket failed'));
  }

  /** Answers what was asked, tells streams nothing more, and removes the socket. */
  async close(): Promise<void> {
    if (this.#inode === null) return;
    const ours = lstatSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode;
    this.#inode = null;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.end();
    if (ours) removeQuietly(this.#path);
    const patience = setTimeout(() => this.#destroyAll(), 1000);
    await closed;
    clearTimeout(patience);
  }

  #accept(socket: Socket): void {
    if (this.#sessions.size >= CLIENTS_MAX) {
      const error = HeartwireError.of('HW_TOO_MANY_CLIENTS', { count: CLIENTS_MAX });
      socket.on('error', () => {});
      socket.end(`${JSON.stringify({ id: null, error: error.toJSON() })}\n`);
      return;
    }
    const session = new ControlSession(socket, this.#options);
    this.#sessions.add(session);
    socket.on('close', () => this.#sessions.delete(session));
  }

  #destroyAll(): void {
    for (const session of this.#sessions) session.destroy();
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, which is what was wanted (libuv removes it too).
  }
}
