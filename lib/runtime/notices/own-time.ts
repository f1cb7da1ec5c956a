// A machine that stood still without notice: nobody has told this node, but its own time has a gap. The event loop alone may
// be late (then its beats say `stalled`); where the beat thread has not ticked meanwhile either, the machine itself, or at
// least this process, stood still. What a hypervisor hides from the guest's clocks cannot be seen from inside.
import type { HeartbeatConfig } from '../../config/config.ts';
import type { NodeState } from '../../protocol/node.ts';
import type { Event } from '../../protocol/types.ts';

const LOOKS = 4; // in one threshold
const THRESHOLD_MS_MIN = 250;

export interface Gap {
  /** For how long nothing ran here. */
  readonly forMs: number;
  /** Of that the system was suspended: CLOCK_BOOTTIME went on, CLOCK_MONOTONIC did not. */
  readonly suspendedMs: number;
}

export interface OwnTimeHands {
  /** CLOCK_BOOTTIME and CLOCK_MONOTONIC, ms. */
  bootMs(): number;
  monotonicMs(): number;
  /** How often the beat thread has woken up so far, by its page. */
  ticks(): number;
  /** Longer than a heartbeat time-out: others may have taken this node for failed. @returns false: it was announced */
  gap(gap: Gap): boolean;
}

interface Look {
  readonly bootMs: number;
  readonly monotonicMs: number;
  readonly ticks: number;
}

export class OwnTime {
  readonly #hands: OwnTimeHands;
  readonly #intervalMs: number;
  readonly #thresholdMs: number;
  #last: Look;
  #timer: NodeJS.Timeout | null = null;
  #count = 0;

  /**
   * @param intervalMs of the beat thread: it wakes at least so often
   * @param timeoutMs gaps that are shorter count for nothing, nor do those under 250 ms
   */
  constructor(intervalMs: number, timeoutMs: number, hands: OwnTimeHands) {
    this.#hands = hands;
    this.#intervalMs = intervalMs;
    this.#thresholdMs = Math.max(timeoutMs, THRESHOLD_MS_MIN);
    this.#last = this.#now();
  }

  /** Gaps since the start that nobody had announced. */
  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#last = this.#now();
    this.#timer = setInterval(() => this.look(), this.#thresholdMs / LOOKS);
    this.#timer.unref();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  look(): void {
    const before = this.#last;
    const now = this.#now();
    this.#last = now;
    const forMs = now.bootMs - before.bootMs;
    if (forMs < this.#thresholdMs + this.#thresholdMs / LOOKS) return;
    // A beat thread that went on has ticked at least once in each interval.
    if ((now.ticks - before.ticks) * this.#intervalMs > forMs / 2) return;
    const suspendedMs = Math.max(0, forMs - (now.monotonicMs - before.monotonicMs));
    if (this.#hands.gap({ forMs, suspendedMs })) this.#count++;
  }

  #now(): Look {
    return { bootMs: this.#hands.bootMs(), monotonicMs: this.#hands.monotonicMs(), ticks: this.#hands.ticks() };
  }
}

interface Driven {
  readonly state: Pick<NodeState, 'absence'>;
  feed(event: Event): void;
}

/**
 * What was not announced is told, and the protocol catches up.
 * @param heartbeat of the configuration, microseconds
 */
export function watchOwnTime(
  { intervalUs, timeoutUs }: Pick<HeartbeatConfig, 'intervalUs' | 'timeoutUs'>,
  bootMs: () => number,
  statistics: { ticks(): number },
  driver: Driven,
  publish: (event: 'paused-without-notice', details: { readonly forMs: number; readonly suspendedMs: number }) => void,
): OwnTime {
  const gap = ({ forMs, suspendedMs }: Gap): boolean => {
    if (driver.state.absence !== null) return false;
    publish('paused-without-notice', { forMs: Math.round(forMs), suspendedMs: Math.round(suspendedMs) });
    driver.feed({ type: 'gap' });
    return true;
  };
  const ownTime = new OwnTime(intervalUs / 1000, timeoutUs / 1000, {
    bootMs,
    monotonicMs: () => performance.now(),
    ticks: () => statistics.ticks(),
    gap,
  });
  ownTime.begin();
  return ownTime;
}
