// Whatever comes, in whatever order: a step never throws, takes no transition that C3 does not have, leaves its argument
// alone, says the same when asked twice, and never asks to be stepped again in the past.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { transitions } from '../../lib/protocol/membership/transitions.ts';
import { concernsOperationsAlone, initial, nextDeadlineMs, type NodeState, snapshot, step } from '../../lib/protocol/node.ts';
import type { Effect, Event } from '../../lib/protocol/types.ts';
import { isOnlyOfOperations } from '../../lib/protocol/rounds/rounds.ts';
import { passedBy } from '../simulation/passed-by.ts';
import { clusterOf } from '../scenarios/support/cluster.ts';
import { World } from '../scenarios/support/world.ts';
import { anyEvent } from './support/arbitraries.ts';

const START_MS = 4000;

/** Where walks begin: nodes that have just started, and the manager, the standby and a client of a cluster. */
function beginnings(): NodeState[] {
  const configs = clusterOf([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, preferredRole: 'client' }]);
  const alone = [...configs.slice(0, 1), ...clusterOf([{ id: 1 }, { id: 2 }], { quorum: 'none' }).slice(0, 1)];
  const world = new World(configs);
  for (const host of world.hosts) host.start();
  world.runFor(START_MS);
  const members = world.hosts.map((host) => host.state).filter((state) => state !== null);
  return [...alone.map((config) => initial(config, START_MS, 0n)), ...members];
}

interface Taken {
  readonly before: NodeState;
  readonly event: Event;
  readonly after: NodeState;
  readonly effects: readonly Effect[];
  readonly nowMs: number;
}

const timed = fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 0, 1, 200, 1000, 6000)), { maxLength: 40, size: 'max' });
const walk = fc.tuple(fc.constantFrom(...beginnings()), timed);

function walkOf([first, events]: readonly [NodeState, readonly (readonly [Event, number])[]], each: (taken: Taken) => void): NodeState {
  let nowMs = START_MS;
  let state = first;
  let commands = 0;
  for (const [drawn, afterMs] of events) {
    nowMs += afterMs;
    const event = drawn.type === 'command' ? { ...drawn, id: ++commands } : drawn;
    const { state: after, effects } = step(state, event, nowMs);
    each({ before: state, event, after, effects, nowMs });
    state = after;
  }
  return state;
}

describe('properties: step', () => {
  it('takes only the transitions of C3, one at a time, and never throws', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        walkOf(drawn, ({ before, after, effects }) => {
          let { role } = before;
          for (const effect of effects) {
            if (effect.type !== 'publish' || effect.event.event !== 'role-changed' || effect.event.node !== before.self.node) continue;
            const { from, to, transition } = effect.event.details;
            if (from !== role) continue; // another node's event that was handed on
            assert.ok(
              transitions.some(([number, one, two]) => number === transition && one === from && two === to),
              `${from} -> ${to}`,
            );
            role = to as typeof role;
          }
          assert.equal(after.role, role);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('leaves its argument as it was', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        const kept: [NodeState, NodeState][] = [];
        walkOf(drawn, ({ before }) => kept.push([before, structuredClone(before)]));
        for (const [state, copy] of kept) assert.deepEqual(state, copy);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same for the same', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        walkOf(drawn, ({ before, event, after, effects, nowMs }) =>
          assert.deepEqual(step(before, event, nowMs), { state: after, effects }),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('does not ask to be stepped again at once', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        walkOf(drawn, ({ after, nowMs, event }) =>
          assert.ok(nextDeadlineMs(after) > nowMs, `after ${event.type}: ${nextDeadlineMs(after)} is not after ${nowMs}`),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('passes nothing by after what concerns operations alone', () => {
    let looked = 0;
    fc.assert(
      fc.property(walk, (drawn) => {
        walkOf(drawn, ({ before, event, after, effects, nowMs }) => {
          if (!concernsOperationsAlone(before, event, nowMs) || !isOnlyOfOperations(effects)) return;
          if (passedBy(before, nowMs).length > 0) return;
          looked++;
          assert.deepEqual(passedBy(after, nowMs), [], event.type);
        });
      }),
      { numRuns: 400 },
    );
    assert.ok(looked > 30, `${looked}`);
  });

  it('writes only newer orders, and never votes above what is on disk', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        let newest = drawn[0].installedOrdersId;
        walkOf(drawn, ({ effects, after }) => {
          for (const effect of effects) {
            if (effect.type !== 'setOrders') continue;
            assert.ok(effect.ordersId >= newest);
            assert.ok(after.reservedEpoch >= effect.baseEpoch + 8n);
            newest = effect.ordersId;
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('answers every command exactly once', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        const answers = new Map<number, number>();
        const count = (effects: readonly Effect[]): void => {
          for (const effect of effects) if (effect.type === 'reply') answers.set(effect.id, (answers.get(effect.id) ?? 0) + 1);
        };
        let asked = 0;
        let nowMs = 0;
        let state = walkOf(drawn, (taken) => {
          ({ nowMs } = taken);
          if (taken.event.type === 'command') asked++;
          count(taken.effects);
        });
        for (let seconds = 0; seconds < 60; seconds++) {
          nowMs += 1000;
          const result = step(state, { type: 'tick' }, nowMs);
          ({ state } = result);
          count(result.effects);
        }
        for (let id = 1; id <= asked; id++) assert.equal(answers.get(id), 1, `command ${id}`);
      }),
      { numRuns: 300 },
    );
  });

  it('knows one manager and one standby at most, and itself as what it is', () => {
    fc.assert(
      fc.property(walk, (drawn) => {
        walkOf(drawn, ({ after }) => {
          const shown = snapshot(after);
          const managing = shown.members.filter((member) => member.state === 'member' && member.role === 'manager');
          assert.ok(managing.length + (shown.role === 'manager' ? 1 : 0) <= 1);
          assert.ok(shown.members.filter((member) => member.state === 'member' && member.role === 'standby').length <= 1);
          assert.equal(shown.quorate === null, shown.role !== 'manager');
        });
      }),
      { numRuns: 200 },
    );
  });
});
