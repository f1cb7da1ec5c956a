// Waits for a state, never for a time. It looks once a millisecond: who looks all the time takes the CPU from the
// process that is waited for.
import assert from 'node:assert/strict';
import { setInterval as every } from 'node:timers/promises';

/** Fails when `condition` does not hold within `deadlineMs`. */
export async function waitUntil(what: string, condition: () => boolean, deadlineMs = 20_000): Promise<void> {
  if (condition()) return;
  const deadline = Date.now() + deadlineMs;
  for await (const holds of every(1, condition)) {
    if (holds()) return;
    assert.ok(Date.now() < deadline, `not within ${deadlineMs} ms: ${what}`);
  }
}
