// Publishes how far this node's protocols have got, so that its message thread can answer for it while JavaScript is
// blocked, and asks other nodes the same.
import { HeartwireError } from '../errors.ts';
import { decodeAnswer, encodeProgress, encodeQuestion } from '../protocol/codec/question.ts';
import type { NodeState } from '../protocol/membership/state.ts';
import { progressOf } from '../protocol/rounds/progress.ts';
import type { NodeId } from '../protocol/types.ts';
import type { NativeNode } from '../native.ts';
import type { ProgressReport } from './types.ts';

/** While much happens it publishes so often, and at least so often always, so that a late event loop shows. */
const PUBLISH_MS = 5;
const AT_LEAST_MS = 1000;
const LATE_MS = 2 * AT_LEAST_MS;
const ANSWER_MS = 2000;
const BYTES_MAX = 64 * 1024;

interface Asked {
  readonly node: NodeId;
  readonly answer: (report: ProgressReport) => void;
}

export class ProgressDesk {
  readonly #native: NativeNode;
  readonly #nowMs: () => number;
  readonly #asked = new Map<number, Asked>();
  #state: NodeState;
  #lastId = 0;
  #publishedMs = 0;
  #later: NodeJS.Timeout | null = null;
  readonly #always: NodeJS.Timeout;

  constructor(native: NativeNode, state: NodeState, nowMs: () => number) {
    this.#native = native;
    this.#state = state;
    this.#nowMs = nowMs;
    this.#always = setInterval(() => this.#publish(), AT_LEAST_MS);
    this.#always.unref();
    this.#publish();
  }

  /** After every step. */
  stepped(state: NodeState): void {
    this.#state = state;
    if (this.#later !== null) return;
    if (this.#nowMs() - this.#publishedMs >= PUBLISH_MS) return this.#publish();
    this.#later = setTimeout(() => this.#publish(), PUBLISH_MS);
    this.#later.unref();
  }

  stop(): void {
    clearInterval(this.#always);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
  }

  /** @throws HeartwireError HW_REFUSED: it cannot be asked, or has not answered in 2 s */
  async ask(node: NodeId): Promise<ProgressReport> {
    const { self } = this.#state;
    if (node === self.node) return { node, ageMs: 0, isLate: false, progress: progressOf(this.#state, this.#nowMs()) };
    const id = ++this.#lastId;
    try {
      this.#native.send(node, encodeQuestion(id));
    } catch {
      throw HeartwireError.of('HW_REFUSED', { reason: `there is no session with node ${node}` });
    }
    let patience: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const reason = `node ${node} has not answered in ${ANSWER_MS / 1000} s`;
      patience = setTimeout(() => reject(HeartwireError.of('HW_REFUSED', { reason })), ANSWER_MS);
    });
    const answer = new Promise<ProgressReport>((resolve) => this.#asked.set(id, { node, answer: resolve }));
    return Promise.race([answer, silence]).finally(() => {
      clearTimeout(patience);
      this.#asked.delete(id);
    });
  }

  /** @returns false: it is none that was asked for */
  answered(from: NodeId, bytes: Uint8Array): boolean {
    const answer = decodeAnswer(bytes);
    const asked = answer === null ? undefined : this.#asked.get(answer.id);
    if (answer === null || asked?.node !== from) return false;
    const { ageMs, progress } = answer;
    asked.answer({ node: from, ageMs, isLate: ageMs > LATE_MS || this.#state.members.get(from)?.stalled === true, progress });
    return true;
  }

  #publish(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    this.#publishedMs = this.#nowMs();
    const progress = progressOf(this.#state, this.#publishedMs);
    const bytes = encodeProgress(progress);
    // Far too much to say: the newest are left out, since the oldest are what others wait for.
    const short = (): Uint8Array => encodeProgress({ ...progress, protocols: progress.protocols.slice(0, 50), waiting: [] });
    this.#native.publish(bytes.length <= BYTES_MAX ? bytes : short());
  }
}
