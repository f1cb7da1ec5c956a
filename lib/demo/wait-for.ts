// Waits for a state with a deadline: the stories and the demo never sleep a fixed time and hope. The
// error says what was awaited and what was seen last, so that a failure explains itself.
import { setTimeout as pause } from 'node:timers/promises';
import { HeartwireError } from '../errors.ts';

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Between two looks. */
  readonly everyMs?: number;
  /** What was seen last, for the error. */
  readonly seen?: () => string | Promise<string>;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `look` gives a value other than null, undefined or false, and returns it.
 * @throws HeartwireError HW_STAGE_TIMEOUT after `deadlineMs`.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const endMs = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() >= endMs) break;
    await pause(options.everyMs ?? 20, undefined, { signal: options.signal });
  }
  const seen = options.seen === undefined ? '' : `; seen last: ${await options.seen()}`;
  throw HeartwireError.of('HW_STAGE_TIMEOUT', { duration: `${options.deadlineMs} ms`, what: what + seen });
}
