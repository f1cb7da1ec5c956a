// One stretch of the bench: all time-outs under one condition at the same time, each with two nodes on a stage of its own, so
// that all meet the same stalls of the machine; one after the other each would meet others, and a rate of a few an hour says
// nothing then. First mistakes are counted for a while; then nodes are really silenced, to see how long that takes to be noticed.
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { native } from '../../lib/native.ts';
import { compiled } from '../floor/compile.ts';
import { type Spread, spreadOf } from '../support/figures.ts';
import { mistakesIn, type Silence } from './mistakes.ts';
import { Team } from './team.ts';

export type Condition = 'idle' | 'loaded' | 'stalled' | 'cpu';

export interface Case {
  readonly timeoutMs: number;
  readonly secondThread: boolean;
}

export interface Point extends Case {
  readonly condition: Condition;
  readonly watchedS: number;
  readonly mistakes: number;
  /** Of both nodes together. */
  readonly mistakesPerHour: number;
  readonly mistakeMs: Spread | null;
  /** From the instant at which a node was stopped to the verdict of the other. */
  readonly detectionMs: Spread | null;
}

export interface Stretch {
  readonly condition: Condition;
  readonly cases: readonly Case[];
}

export interface Effort {
  readonly watchMs: number;
  readonly detections: number;
}

interface Watched extends Case {
  readonly team: Team;
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

/** A point for each case. @throws where a stage cannot be had, or a node is never heard again: without the others, the rest says nothing */
export async function measureStretch({ condition, cases }: Stretch, effort: Effort, stop: AbortSignal): Promise<Point[]> {
  const all: Watched[] = [];
  try {
    for (const each of cases) all.push({ ...each, team: await teamOf(condition, each) });
    const nuisance = nuisanceOf(condition);
    if (nuisance !== null) {
      all[0]?.team.stage.sandbox.spawn(null, nuisance);
      await pause(LOADED_FOR_MS);
    }
    const fromNs = nowNs();
    const stalls = condition === 'stalled' ? await stallInTurns(all, effort.watchMs, stop) : await watch(effort.watchMs, stop);
    const untilNs = nowNs();
    return await Promise.all(
      all.map(async ({ team, ...each }) => {
        // What another says of a node that stands still comes up to a time-out later.
        const silences = stalls.map((stall) => ({ ...stall, untilNs: stall.untilNs + each.timeoutMs * 1e6 }));
        const mistakes = mistakesIn(team.verdicts, silences, fromNs, untilNs);
        const watchedS = (untilNs - fromNs) / 1e9;
        return {
          condition,
          ...each,
          watchedS,
          mistakes: mistakes.length,
          mistakesPerHour: (mistakes.length / watchedS) * 3600,
          mistakeMs: spreadOf(mistakes.map((mistake) => mistake.durationMs)),
          detectionMs: spreadOf(await detections(team, effort.detections)),
        };
      }),
    );
  } finally {
    await Promise.all(all.map(({ team }) => team.close()));
  }
}

function teamOf(condition: Condition, { timeoutMs, secondThread }: Case): Promise<Team> {
  const timeoutUs = timeoutMs * 1000;
  return Team.open({
    intervalUs: Math.floor(timeoutUs / INTERVALS),
    timeoutUs,
    secondThread,
    cpuOf: (node) => (condition !== 'cpu' ? null : node === ON_STALLED_CPU ? STALLED_CPU : OTHER_CPU),
  });
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

/** The same node of every stage stands still for a while, by turns: what it thinks of the others when it wakes must not be a mistake. */
async function stallInTurns(all: readonly Watched[], ms: number, stop: AbortSignal): Promise<Silence[]> {
  const silences: Silence[] = [];
  const endNs = nowNs() + ms * 1e6;
  const nodes = all[0]?.team.nodes ?? [];
  for (let turn = 0; nowNs() < endNs && !stop.aborted; turn += 1) {
    const node = nodes[turn % nodes.length] ?? 1;
    const fromNs = nowNs();
    for (const { team } of all) team.signal(node, 'SIGSTOP');
    await pause(STALL_MS[turn % STALL_MS.length]);
    for (const { team } of all) team.signal(node, 'SIGCONT');
    silences.push({ node, fromNs, untilNs: nowNs() });
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
