// One point of the curve: a time-out under a condition. First mistakes are counted for a while; then nodes are really
// silenced, one after the other, to see how long that takes to be noticed.
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { native } from '../../lib/native.ts';
import { compiled } from '../floor/compile.ts';
import { type Spread, spreadOf } from '../support/figures.ts';
import { mistakesIn, type Silence } from './mistakes.ts';
import { Team } from './team.ts';

export type Condition = 'idle' | 'loaded' | 'stalled' | 'cpu';

export interface Point {
  readonly condition: Condition;
  readonly secondThread: boolean;
  readonly timeoutMs: number;
  readonly watchedS: number;
  readonly mistakes: number;
  /** Of all three nodes together: six watch somebody. */
  readonly mistakesPerHour: number;
  readonly mistakeMs: Spread | null;
  /** From the instant at which a node was stopped to the verdict of each of the others. */
  readonly detectionMs: Spread | null;
}

export interface Case {
  readonly condition: Condition;
  readonly timeoutMs: number;
  readonly secondThread: boolean;
}

export interface Effort {
  readonly watchMs: number;
  readonly detections: number;
}

const INTERVALS = 3;
const LOADED_FOR_MS = 1000;
const STALL_EVERY_MS = 500;
const STALL_MS = [5, 10, 20, 40] as const;
const DEADLINE_MS = 20_000;
/** The first beat thread of one node is on the CPU that stalls, those of the others are not. */
const ON_STALLED_CPU = 1;
const STALLED_CPU = 0;
const OTHER_CPU = 1;

const nowNs = (): number => Number(native.bootTimeNs());

export async function measurePoint({ condition, timeoutMs, secondThread }: Case, effort: Effort, stop: AbortSignal): Promise<Point> {
  const timeoutUs = timeoutMs * 1000;
  const team = await Team.open({
    intervalUs: Math.floor(timeoutUs / INTERVALS),
    timeoutUs,
    secondThread,
    cpuOf: (node) => (condition !== 'cpu' ? null : node === ON_STALLED_CPU ? STALLED_CPU : OTHER_CPU),
  });
  try {
    const nuisance = nuisanceOf(condition);
    if (nuisance !== null) {
      team.stage.sandbox.spawn(null, nuisance);
      await pause(LOADED_FOR_MS);
    }
    const fromNs = nowNs();
    const silences =
      condition === 'stalled' ? await stallInTurns(team, timeoutMs, effort.watchMs, stop) : await watch(effort.watchMs, stop);
    const untilNs = nowNs();
    const mistakes = mistakesIn(team.verdicts, silences, fromNs, untilNs);
    const watchedS = (untilNs - fromNs) / 1e9;
    return {
      condition,
      secondThread,
      timeoutMs,
      watchedS,
      mistakes: mistakes.length,
      mistakesPerHour: (mistakes.length / watchedS) * 3600,
      mistakeMs: spreadOf(mistakes.map((mistake) => mistake.durationMs)),
      detectionMs: spreadOf(await detections(team, effort.detections)),
    };
  } finally {
    await team.close();
  }
}

/** What runs beside the nodes. */
function nuisanceOf(condition: Condition): string[] | null {
  if (condition === 'loaded') return ['stress-ng', '--quiet', '--temp-path', '/run', '--cpu', String(availableParallelism())];
  if (condition === 'cpu') return [compiled('stall'), String(STALLED_CPU), String(STALL_EVERY_MS), ...STALL_MS.map(String)];
  return null;
}

async function watch(ms: number, stop: AbortSignal): Promise<Silence[]> {
  await pause(ms, undefined, { signal: stop }).catch(() => undefined);
  return [];
}

/** One node after the other stands still for a while: what it thinks of the others when it wakes must not be a mistake. */
async function stallInTurns(team: Team, timeoutMs: number, ms: number, stop: AbortSignal): Promise<Silence[]> {
  const silences: Silence[] = [];
  const endNs = nowNs() + ms * 1e6;
  for (let turn = 0; nowNs() < endNs && !stop.aborted; turn += 1) {
    const node = team.nodes[turn % team.nodes.length] ?? 1;
    const fromNs = nowNs();
    team.signal(node, 'SIGSTOP');
    await pause(STALL_MS[turn % STALL_MS.length]);
    team.signal(node, 'SIGCONT');
    silences.push({ node, fromNs, untilNs: nowNs() + timeoutMs * 1e6 });
    await pause(STALL_EVERY_MS);
  }
  return silences;
}

async function detections(team: Team, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const silent = team.nodes[turn % team.nodes.length] ?? 1;
    const observers = team.nodes.filter((node) => node !== silent);
    await waitFor('everybody alive', () => team.allAlive(), { deadlineMs: DEADLINE_MS });
    const atNs = nowNs();
    team.signal(silent, 'SIGSTOP');
    const times = await waitFor('the verdicts of the others', () => verdictsOn(team, silent, observers, atNs), {
      deadlineMs: DEADLINE_MS,
      everyMs: 5,
    });
    team.signal(silent, 'SIGCONT');
    found.push(...times);
  }
  return found;
}

function verdictsOn(team: Team, silent: number, observers: readonly number[], sinceNs: number): number[] | null {
  const times = observers.flatMap((by) => {
    const verdict = team.verdicts.find((each) => each.by === by && each.about === silent && !each.alive && each.atNs >= sinceNs);
    return verdict === undefined ? [] : [(verdict.atNs - sinceNs) / 1e6];
  });
  return times.length === observers.length ? times : null;
}
