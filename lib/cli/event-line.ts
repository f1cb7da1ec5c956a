// An event as one line: when, what, about whom, and the facts.
import type { HeartwireEvent } from '../api/event.ts';
import type { Paint } from './output.ts';

const BAD = new Set([
  'client-lost',
  'manager-lost',
  'standby-lost',
  'quorum-lost',
  'split-brain',
  'duplicate-node',
  'address-conflict',
  'address-failed',
  'journal-failed',
  'command-failed',
]);

/** @param nameOf name of a node by its id; null: not known */
export function eventLine(event: HeartwireEvent, nameOf: (node: number) => string | null, paint: Paint): string {
  const name = event.description?.name ?? nameOf(event.node) ?? `node ${event.node}`;
  const facts = Object.entries(event.details).map(
    ([key, value]) => `${key}=${typeof value === 'string' && value.includes(' ') ? JSON.stringify(value) : String(value)}`,
  );
  const word = event.event.padEnd(18);
  return [paint('dim', event.time), BAD.has(event.event) ? paint('red', word) : word, name, ...facts].join(' ').trimEnd();
}
