// Waits for a state, never for a time.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Fails when `condition` does not hold within `deadlineMs`. */
export async function waitUntil(what: string, condition: () => boolean, deadlineMs = 5000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ${deadlineMs} ms: ${what}`);
    await nextTurn();
  }
}
