// Publishes how far this node's protocols have got, so that its message thread can answer for it while JavaScript is
// blocked, and asks other nodes the same.
import { HeartwireError } from '../errors.ts';
import { decodeAnswer, publishable } from '../protocol/codec/question.ts';
import type { NodeState } from '../protocol/membership/state.ts';
import { type Progress, progressOf } from '../protocol/rounds/progress.ts';
import type { NodeId } from '../protocol/types.ts';
import type { NativeEvent, NativeNode } from '../native.ts';
import type { LocalWork } from './local-work.ts';
import type { ProgressReport } from './types.ts';

/** While much happens it publishes so often, and with at most a twentieth of its time; at least so often always, so that a late event loop shows. */
const PUBLISH_MS = 20;
const SHARE = 20;
/** A handler that may block the event loop is worth more. */
const URGENT_SHARE = 2;
const AT_LEAST_MS = 1000;
const LATE_MS = 2 * AT_LEAST_MS;
const ANSWER_MS = 2000;
/** A question or a piece of its answer may be lost. */
const AGAIN_MS = 200;
const BYTES_MAX = 64 * 1024;

interface Asked {
  /** Answers to older questions count no more. */
  readonly firstId: number;
  readonly answer: (report: ProgressReport) => void;
  readonly report: Promise<ProgressReport>;
}

export class ProgressDesk {
  readonly #native: NativeNode;
  readonly #nowMs: () => number;
  readonly #work: LocalWork;
  readonly #asked = new Map<NodeId, Asked>();
  #state: NodeState;
  #lastId = 0;
  #publishedMs = 0;
  #tookMs = 0;
  #later: NodeJS.Timeout | null = null;
  readonly #always: NodeJS.Timeout;

  constructor(native: NativeNode, state: NodeState, nowMs: () => number, work: LocalWork) {
    this.#work = work;
    this.#native = native;
    this.#state = state;
    this.#nowMs = nowMs;
    this.#always = setInterval(() => this.#publish(), AT_LEAST_MS);
    this.#always.unref();
    this.#publish();
  }

  /** After every step. */
  stepped(state: NodeState, nowMs: number): void {
    this.#state = state;
    this.#publishAfter(Math.max(PUBLISH_MS, SHARE * this.#tookMs), nowMs);
  }

  /** Something that is not in the state has changed, and the event loop may be blocked next. */
  changed(isUrgent: boolean): void {
    if (isUrgent) this.#publish();
    else this.#publishAfter(URGENT_SHARE * this.#tookMs, this.#nowMs());
  }

  stop(): void {
    clearInterval(this.#always);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
  }

  /** @throws HeartwireError HW_REFUSED: it cannot be asked, or has not answered in 2 s */
  async ask(node: NodeId): Promise<ProgressReport> {
    if (node === this.#state.self.node) return { node, ageMs: 0, isLate: false, progress: this.#own() };
    const known = this.#asked.get(node);
    if (known !== undefined) return known.report;
    const firstId = this.#lastId + 1;
    let answer: (report: ProgressReport) => void = () => undefined;
    let timers: NodeJS.Timeout[] = [];
    const report = new Promise<ProgressReport>((resolve, reject) => {
      answer = resolve;
      timers = [setInterval(() => this.#send(node), AGAIN_MS), setTimeout(() => reject(this.#noAnswer(node)), ANSWER_MS)];
    }).finally(() => {
      for (const timer of timers) clearTimeout(timer);
      this.#asked.delete(node);
    });
    this.#asked.set(node, { firstId, answer, report });
    this.#send(node);
    return report;
  }

  /** A native event `answer`. */
  answered({ node, value, payload }: NativeEvent): void {
    const asked = this.#asked.get(node);
    const answer = payload === undefined ? null : decodeAnswer(payload);
    if (answer === null || asked === undefined || value < BigInt(asked.firstId)) return;
    const { ageMs, progress } = answer;
    asked.answer({ node, ageMs, isLate: ageMs > LATE_MS || this.#state.members.get(node)?.stalled === true, progress });
  }

  #send(node: NodeId): void {
    try {
      this.#native.ask(node, ++this.#lastId);
    } catch {
      // No session now: it is looked for, and asked again.
    }
  }

  #noAnswer(node: NodeId): HeartwireError {
    return HeartwireError.of('HW_REFUSED', { reason: `node ${node} has not answered in ${ANSWER_MS / 1000} s` });
  }

  #own(): Progress {
    return this.#work.explain(progressOf(this.#state, this.#nowMs()));
  }

  #publishAfter(pauseMs: number, nowMs: number): void {
    const leftMs = this.#publishedMs + pauseMs - nowMs;
    if (leftMs <= 0) return this.#publish();
    if (this.#later !== null) return;
    this.#later = setTimeout(() => this.#publish(), leftMs);
    this.#later.unref();
  }

  #publish(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    const beganMs = this.#nowMs();
    this.#native.publish(publishable(this.#own(), BYTES_MAX));
    this.#publishedMs = this.#nowMs();
    this.#tookMs = this.#publishedMs - beganMs;
  }
}
