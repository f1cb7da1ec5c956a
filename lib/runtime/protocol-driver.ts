// Turns the protocol: one event after another, its effects in their order, and one timer for the next deadline that the
// state names. Nothing here decides anything.
import { advance, nextDeadlineMs, type NodeState } from '../protocol/node.ts';
import type { Effect, Event } from '../protocol/types.ts';

const TIMER_MS_MAX = 0x7fff_ffff;

export interface DriverHands {
  /** CLOCK_BOOTTIME, ms. */
  nowMs(): number;
  /** Must not throw. It may feed events: they are handled after this one and all its effects. */
  carryOut(effect: Effect): void;
  /** After each step, before its effects. */
  stepped(state: NodeState, nowMs: number): void;
  /** Nothing more is to be handled now: what was held back to go together may go. */
  rested(): void;
  /** The protocol itself is broken; nothing is handled any more. */
  failed(error: Error): void;
}

export class ProtocolDriver {
  readonly #hands: DriverHands;
  readonly #waiting: Event[] = [];
  /** One object, changed by each step. */
  readonly #state: NodeState;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = Number.POSITIVE_INFINITY;
  #stepping = false;
  #stopped = false;

  constructor(state: NodeState, hands: DriverHands) {
    this.#state = state;
    this.#hands = hands;
  }

  get state(): NodeState {
    return this.#state;
  }

  feed(event: Event): void {
    if (this.#stopped) return;
    this.#waiting.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined && !this.#stopped; next = this.#waiting.shift()) this.#handle(next);
    } catch (error) {
      this.stop();
      this.#hands.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#stepping = false;
    }
    if (!this.#stopped) this.#hands.rested();
    this.#arm();
  }

  /** Idempotent; from within an effect too: those that follow it are left out. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#disarm();
  }

  #handle(event: Event): void {
    const nowMs = this.#hands.nowMs();
    const effects = advance(this.#state, event, nowMs);
    this.#hands.stepped(this.#state, nowMs);
    for (const effect of effects) {
      if (this.#stopped) return;
      this.#hands.carryOut(effect);
    }
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  /** A timer that ends too early only looks again: deadlines move on far more often than they come. */
  #arm(): void {
    if (this.#stopped) return;
    const dueMs = nextDeadlineMs(this.#state);
    if (dueMs >= this.#timerMs) return;
    this.#disarm();
    if (!Number.isFinite(dueMs)) return;
    const waitMs = Math.min(Math.max(Math.ceil(dueMs - this.#hands.nowMs()), 1), TIMER_MS_MAX);
    this.#timerMs = dueMs;
    this.#timer = setTimeout(() => this.#ring(), waitMs);
  }

  #ring(): void {
    this.#disarm();
    if (nextDeadlineMs(this.#state) > this.#hands.nowMs()) this.#arm();
    else this.feed({ type: 'tick' });
  }
}
