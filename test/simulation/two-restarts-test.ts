// Two of three voters lose their power at the same moment in the middle of a change, and start anew where the owner of a group, the
// third, hears nothing of them: their engines have forgotten what they had promised it. The model (test/model/two-restarts-test.ts)
// says that their silence after the start is all that keeps the group from a second owner; here is the engine that ships, its
// leases and its silence, and the same without the silence.
import assert from 'node:assert/strict';
import { simulation } from './engine-port.ts';
import { runDirected } from './planted.ts';
import type { World } from './world.ts';

const OWNER = 2;
const RESTARTED = [1, 3];
/** Longer than it takes a new manager to give a group whose holder it does not hear to somebody else. */
const LEASE_MS = 12_000;
const CHANGE_AT_MS = LEASE_MS + 3000;
/** Of the change, ms after it was asked for. */
const MOMENTS = [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 20];
const AWAY_MS = 50;

interface Seen {
  readonly violation: string | null;
  /** The change was under way everywhere, and the group had its owner. */
  readonly isWithin: boolean;
  readonly newOwner: number | undefined;
}

function restartAt(momentMs: number, bug: string): Seen {
  let isWithin = false;
  let newOwner: number | undefined;
  const options = {
    // with this one nobody refuses the change
    ...{ seed: 2, plantedBug: simulation.plantedBugs.indexOf(bug), guarded: true },
    ...{ groups: 2, reconfigureEveryMs: 1, timeoutUs: LEASE_MS * 1000, faultPhaseMs: CHANGE_AT_MS + 2 * LEASE_MS },
  };
  const { violation } = runDirected(options, (world: World) => {
    const { hosts, schedule, network } = world;
    const at = (ms: number, run: () => void): void => schedule.at((CHANGE_AT_MS + ms) * 1e6, run);
    const { administrator } = world.host(3).program;
    at(-500, () => administrator.edit('10.0.0.100/24 1:1,2,3 1@10.0.0.101/24 2:3,1,2 2@10.0.0.102/24'));
    at(0, () => administrator.apply(5000));
    at(momentMs, () => {
      isWithin = world.host(OWNER).owning.has(2) && hosts.every(({ state }) => (state?.rounds.instances.size ?? 0) > 0);
      for (const id of RESTARTED)
        for (let link = 0; link < world.options.links; link++) {
          network.cut(OWNER, id, link);
          network.cut(id, OWNER, link);
        }
      for (const id of RESTARTED) world.host(id).crash();
    });
    at(momentMs + AWAY_MS, () => RESTARTED.forEach((id) => world.host(id).start()));
    at(2 * LEASE_MS - 100, () => {
      newOwner = hosts.find(({ owning }) => owning.has(2))?.id;
    });
  });
  return { violation, isWithin, newOwner };
}

describe('simulation: two voters restart in one change', () => {
  it('gives the group of the third to one of them only when its lease is over', () => {
    const all = MOMENTS.map((moment) => restartAt(moment, 'none'));
    assert.deepEqual(
      all.map(({ violation }) => violation),
      MOMENTS.map(() => null),
    );
    assert.ok(
      all.filter(({ isWithin }) => isWithin).length > 8,
      `within only at ${MOMENTS.filter((_, index) => all[index]?.isWithin).join()}`,
    );
    assert.ok(
      all.every(({ newOwner }) => newOwner === 3 || newOwner === 1),
      `the group is held by ${all.map(({ newOwner }) => newOwner).join()}`,
    );
  });

  it('finds it at every moment when voters are not silent after a start', () => {
    for (const moment of MOMENTS) assert.match(restartAt(moment, 'skip the quiet time').violation ?? '', /own the seat of group 2/);
  });
});
