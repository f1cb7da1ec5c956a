// One connection to the control socket. Requests are answered in order, one at a time; streams (`watch`,
// `events` with follow) go on beside them until the connection ends. A client that does not read is cut
// off, so that it costs a bounded amount of memory.
import type { Socket } from 'node:net';
import type { HeartwireEvent } from '../api/event.ts';
import { asHeartwireError, HeartwireError } from '../errors.ts';
import type { Logger } from '../runtime/types.ts';
import { LineSplitter } from './lines.ts';
import { mayCommand, type PeerCredentials } from './permission.ts';
import { type ControlTarget, idOf, type NumberedRequest, parseRequest, perform } from './requests.ts';

export const REQUEST_BYTES_MAX: number = 512 * 1024;
export const WAITING_BYTES_MAX: number = 8 * 1024 * 1024;

export interface SessionOptions {
  readonly target: ControlTarget;
  readonly logger: Logger;
  /** Group whose members may command. */
  readonly group: string | null;
  readonly ownUid: number;
  /** native.peerCredentials */
  readonly peerCredentials: (descriptor: number) => PeerCredentials;
}

export class ControlSession {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #splitter = new LineSplitter(REQUEST_BYTES_MAX);
  readonly #streams = new Set<() => void>();

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => void this.#read(chunk));
    socket.on('end', () => this.end());
    socket.on('error', (error) => options.logger.debug({ reason: error.message }, 'control connection broke'));
    socket.on('close', () => this.#closeStreams());
  }

  /** Ends the connection once what was written has gone. */
  end(): void {
    this.#closeStreams();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Nothing more is read until this is answered, so that a client cannot pile up work. */
  async #read(chunk: Buffer): Promise<void> {
    this.#socket.pause();
    const lines = this.#splitter.feed(chunk);
    if (lines === null) {
      this.#refuse(null, HeartwireError.of('HW_REQUEST_TOO_LONG', { bytes: REQUEST_BYTES_MAX }));
      this.#socket.destroySoon();
      return;
    }
    for (const line of lines) if (line.trim() !== '') await this.#answer(line);
    this.#socket.resume();
  }

  async #answer(line: string): Promise<void> {
    try {
      const peer = this.#checkedPeer();
      const request = parseRequest(line);
      if (isCommand(request)) this.#options.logger.info({ ...peer, request }, 'commanded');
      const result = this.#openStream(request) ?? (await perform(request, this.#options.target));
      if (result !== STREAMING) this.#write({ id: request.id, result });
    } catch (error) {
      this.#refuse(idOf(line), asHeartwireError(error));
    }
  }

  #checkedPeer(): PeerCredentials {
    const descriptor = (this.#socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
    if (descriptor < 0) throw HeartwireError.of('HW_CONNECTION_LOST', {});
    const peer = this.#options.peerCredentials(descriptor);
    if (mayCommand(peer, this.#options.ownUid, this.#options.group)) return peer;
    this.#options.logger.warn({ ...peer }, 'command refused: not permitted');
    throw HeartwireError.of('HW_FORBIDDEN', { uid: peer.uid });
  }

  #openStream(request: NumberedRequest): typeof STREAMING | null {
    const { target } = this.#options;
    if (request.command === 'events') {
      const recent = request.recent === 0 ? [] : target.recentEvents().slice(-request.recent);
      for (const event of recent) this.#write({ id: request.id, event });
      if (request.follow) this.#listen((event) => this.#write({ id: request.id, event }));
      return request.follow ? STREAMING : null;
    }
    if (request.command !== 'watch') return null;
    const tell = (): void => this.#tellStatus(request);
    tell();
    this.#listen(tell);
    const timer = setInterval(tell, request.intervalMs);
    this.#streams.add(() => clearInterval(timer));
    return STREAMING;
  }

  #tellStatus(request: NumberedRequest): void {
    try {
      this.#write({ id: request.id, status: this.#options.target.status() });
    } catch (error) {
      this.#refuse(request.id, asHeartwireError(error));
      this.end();
    }
  }

  #listen(listener: (event: HeartwireEvent) => void): void {
    this.#options.target.on('event', listener);
    this.#streams.add(() => this.#options.target.off('event', listener));
  }

  #closeStreams(): void {
    for (const close of this.#streams) close();
    this.#streams.clear();
  }

  #refuse(id: number | string | null, error: HeartwireError): void {
    this.#write({ id, error: error.toJSON() });
  }

  #write(message: object): void {
    if (!this.#socket.writable) return;
    this.#socket.write(`${JSON.stringify(message)}\n`);
    if (this.#socket.writableLength <= WAITING_BYTES_MAX) return;
    this.#options.logger.warn({ bytes: this.#socket.writableLength }, 'control client reads too slowly, cut off');
    this.#socket.destroy();
  }
}

const STREAMING = Symbol('streaming');

function isCommand(request: NumberedRequest): boolean {
  return (
    request.command !== 'status' &&
    request.command !== 'timings' &&
    request.command !== 'scripts' &&
    request.command !== 'progress' &&
    request.command !== 'configuration' &&
    request.command !== 'parameters' &&
    request.command !== 'parameter' &&
    request.command !== 'watch' &&
    request.command !== 'events'
  );
}
