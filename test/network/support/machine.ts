// A machine that stands still: the daemon and all its children (the guardian) are stopped together, as a hypervisor does it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** Its process and those that it has started. */
export function familyOf(pid: number | null): number[] {
  assert.ok(pid !== null, 'it runs');
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children];
}

export function signalAll(pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) process.kill(pid, signal);
}
