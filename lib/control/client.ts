// The other end of the control socket: asks a running daemon, and turns its errors back into ours.
import { connect, type Socket } from 'node:net';
import { EventQueue } from '../api/event-queue.ts';
import { asHeartwireError, type ErrorRecord, HeartwireError } from '../errors.ts';
import { LineSplitter } from './lines.ts';
import type { Request } from './requests.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

interface Answer {
  readonly id: number | null;
  readonly result?: unknown;
  readonly event?: unknown;
  readonly status?: unknown;
  readonly error?: ErrorRecord;
}

interface Waiting {
  item(value: unknown): void;
  done(value: unknown): void;
  failed(error: HeartwireError): void;
}

export class ControlClient {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(ANSWER_BYTES_MAX);
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #lost: HeartwireError | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#lose(HeartwireError.of('HW_CONNECTION_LOST', {}, { cause: error })));
    socket.on('close', () => this.#lose(HeartwireError.of('HW_CONNECTION_LOST', {})));
  }

  /** @throws HeartwireError HW_NO_DAEMON, HW_FORBIDDEN */
  static open(path: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const refuse = (error: NodeJS.ErrnoException): void => {
        const forbidden = error.code === 'EACCES' || error.code === 'EPERM';
        reject(
          forbidden
            ? HeartwireError.of('HW_FORBIDDEN', { uid: process.geteuid?.() ?? -1 }, { place: path, cause: error })
            : HeartwireError.of('HW_NO_DAEMON', { socket: path, reason: error.code ?? error.message }, { cause: error }),
        );
      };
      socket.once('error', refuse);
      socket.once('connect', () => {
        socket.off('error', refuse);
        resolve(new ControlClient(socket));
      });
    });
  }

  /** One answer. @throws HeartwireError as the daemon sent it, or HW_CONNECTION_LOST */
  request(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => this.#send(request, { item: () => {}, done: resolve, failed: reject }));
  }

  /** Many answers: ends when the daemon says so or `signal` aborts, throws when the connection is lost. */
  stream(request: Request, signal?: AbortSignal): EventQueue<unknown> {
    const abort = (): void => queue.end();
    const queue = new EventQueue<unknown>(() => {
      signal?.removeEventListener('abort', abort);
      this.close();
    });
    if (signal?.aborted === true) queue.end();
    else this.#send(request, { item: (value) => queue.push(value), done: () => queue.end(), failed: (error) => queue.fail(error) });
    signal?.addEventListener('abort', abort, { once: true });
    return queue;
  }

  close(): void {
    this.#lost ??= HeartwireError.of('HW_CONNECTION_LOST', {});
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #send(request: Request, waiting: Waiting): void {
    if (this.#lost !== null) {
      waiting.failed(this.#lost);
      return;
    }
    const id = this.#nextId++;
    this.#waiting.set(id, waiting);
    this.#socket.write(`${JSON.stringify({ id, ...request })}\n`);
  }

  #read(chunk: Buffer): void {
    const lines = this.#splitter.feed(chunk);
    if (lines === null) this.#socket.destroy();
    for (const line of lines ?? []) this.#receive(line);
  }

  #receive(line: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch (error) {
      this.#lose(asHeartwireError(error));
      this.#socket.destroy();
      return;
    }
    if (answer.id === null) {
      if (answer.error !== undefined) this.#lose(HeartwireError.from(answer.error));
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    if (answer.event !== undefined || answer.status !== undefined) waiting?.item(answer.event ?? answer.status);
    else {
      this.#waiting.delete(answer.id);
      if (answer.error === undefined) waiting?.done(answer.result);
      else waiting?.failed(HeartwireError.from(answer.error));
    }
  }

  #lose(error: HeartwireError): void {
    this.#lost ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.failed(this.#lost);
  }
}
