// Directed runs of members that die at a bad moment: what keeps the others from going on soon afterwards (V5, C5, C8).
import type { Mistake } from './mistakes.ts';
import { runDirected } from './planted.ts';
import type { Outcome, World } from './world.ts';

const at = (world: World, ms: number, run: () => void): void => world.schedule.at(ms * 1e6, run);

/** Looks every 100 us, and does it once. */
function when(world: World, fromMs: number, isSo: () => boolean, run: () => void): void {
  at(world, fromMs, () => (isSo() ? run() : when(world, fromMs + 0.1, isSo, run)));
}

function isMember(world: World, node: number): boolean {
  return ['client', 'standby'].includes(world.host(node).role() ?? '');
}

/** Two members have forgotten each other's session when an operation begins; they meet again a moment later. */
function sessionLost(world: World): void {
  const [two, three] = [world.host(2), world.host(3)];
  at(world, 5000, () => {
    two.sessions.delete(3);
    three.sessions.delete(2);
    world.host(1).program.propose('three-phase', false, 10_000);
  });
}

/** It loses its power while the manager incorporates it, and starts anew at once. */
function lostWhileItJoins(world: World): void {
  const [manager, three] = [world.host(1), world.host(3)];
  at(world, 5000, () => three.crash());
  at(world, 8000, () => three.start());
  const joins = (): boolean => manager.state?.members.get(3)?.phase === 'incorporating';
  when(world, 8000.1, joins, () => {
    three.crash();
    const backMs = world.schedule.nowNs / 1e6 + 50;
    at(world, backMs, () => three.start());
    at(world, backMs + 1000, () => {
      if (!isMember(world, 3)) world.violate('node 3 is no member a second after its start');
    });
  });
}

/** The owner dies just after one of the other two voters has come back. */
function ownerLostAfterVoterIsBack(world: World): void {
  at(world, 5000, () => world.host(3).crash());
  at(world, 8000, () => world.host(3).start());
  when(
    world,
    8000.1,
    () => isMember(world, 3),
    () => {
      const diesMs = world.schedule.nowNs / 1e6 + 50;
      at(world, diesMs, () => world.host(1).crash());
      // Its lease, and what the one that is back must still be silent.
      at(world, diesMs + 1500, () => {
        if ([2, 3].every((id) => world.host(id).addresses.openEpoch === null)) world.violate('nobody has taken over');
      });
    },
  );
}

/** It managed until it was cut off, hears its successor, and takes itself for a member before that one does. */
function proposesTooEarly(world: World): void {
  const one = world.host(1);
  const eachWay = (run: (from: number, to: number, link: number) => void): void => {
    for (const other of [2, 3])
      for (let link = 0; link < world.options.links; link++) {
        run(1, other, link);
        run(other, 1, link);
      }
  };
  at(world, 5000, () => eachWay((from, to, link) => world.network.cut(from, to, link)));
  at(world, 9000, () => world.network.heal());
  const isEarly = (): boolean => isMember(world, 1) && world.host(2).state?.members.get(1)?.phase !== 'active';
  when(world, 9000.1, isEarly, () => one.program.propose('three-phase', false, 10_000));
}

export const restartRuns: Readonly<Record<string, { readonly mistake: Mistake; readonly script: (world: World) => void }>> = {
  'an operation goes on when two members meet again': { mistake: 'ACKs are said once', script: sessionLost },
  'a node that starts anew in the middle of its joining is a member soon': {
    mistake: 'a new start is taken for the old one',
    script: lostWhileItJoins,
  },
  'what a node proposes in the middle of its joining is done': { mistake: 'wishes are sent once', script: proposesTooEarly },
  'an owner that dies just after a voter is back has a successor soon': {
    mistake: 'an owner waits for refusals',
    script: ownerLostAfterVoterIsBack,
  },
};

export function runRestart(script: (world: World) => void, mistake?: Mistake): Outcome {
  // Whether operations go on is looked at where programs agree; that members die is what the script does.
  return runDirected({ undisturbed: true, faults: ['crash'], guarded: true, ...(mistake === undefined ? {} : { mistake }) }, script);
}
