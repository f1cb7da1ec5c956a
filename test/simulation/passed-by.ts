// After an event of operations alone the protocol looks at nothing else (node.ts, advance). Such an event must not give anything
// else something to do: a look at everything, on a copy and at the same moment, finds nothing that was not there before.
import { advance, concernsOperationsAlone, nextDeadlineMs, type NodeState, step } from '../../lib/protocol/node.ts';
import { isOnlyOfOperations } from '../../lib/protocol/rounds/rounds.ts';
import type { Effect, Event } from '../../lib/protocol/types.ts';

/** A look takes longer than many steps: one event in so many is looked at. */
const EACH = 10;
let count = 0;

/** @throws Error: something that was due has been passed by */
export function advanceAndLook(state: NodeState, event: Event, nowMs: number): readonly Effect[] {
  const isLookedAt = concernsOperationsAlone(state, event, nowMs) && count++ % EACH === 0;
  const before = isLookedAt ? passedBy(state, nowMs) : null;
  const effects = advance(state, event, nowMs);
  if (before === null || before.length > 0 || !isOnlyOfOperations(effects)) return effects;
  const passed = passedBy(state, nowMs);
  if (passed.length > 0) throw new Error(`after ${event.type} these were passed by: ${passed.join(' ')}`);
  return effects;
}

/** What a look at everything gives now. */
export function passedBy(state: NodeState, nowMs: number): string[] {
  const { state: looked, effects } = step(state, { type: 'tick' }, nowMs);
  const late = nextDeadlineMs(looked) < nextDeadlineMs(state) ? ['a deadline'] : [];
  return [...effects.map(({ type }) => type), ...late];
}
