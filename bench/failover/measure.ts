// One run: a system that stands, those who look, one fault. What is reported is only what was seen from outside: who
// answered when, and whose kernel holds the address at the end.
import { setTimeout as pause } from 'node:timers/promises';
import { ownerChanges, type VipClient } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { native } from '../../lib/native.ts';
import type { BenchFault, Scene } from './fault.ts';
import { holders } from './holders.ts';
import { answersAfter, changesIn, longestGapNs, moves, startClient, startWitness, steadyOwner } from './observers.ts';
import type { Scenery, Standing } from './standing.ts';
import type { System } from './system.ts';

const WATCH_MS = 500; // for what should not happen, at least
const AFTER_MS = 100; // with the fault still on
const FAILURE_CHARACTERS_MAX = 8000;
const HOLDING_MS = 1000; // an address that is just being taken off is no orphan

export interface Run {
  readonly system: string;
  readonly fault: string;
  /** Why there is no figure; null: it was measured. */
  readonly failure: string | null;
  /** Why this system has no such fault. */
  readonly unfit: string | null;
  /** From the last answer of the old owner that the client had to the first of the new one. */
  readonly gapMs: number | null;
  /** From the fault to the new owner's first answer. */
  readonly takenMs: number | null;
  /** About how many answers the old owner gave after the new one's first, and for how long. */
  readonly oldAnswers: number;
  readonly oldAnswersMs: number;
  /** For how long answers of the old owner arrived after it that had been given before. */
  readonly queuedMs: number;
  /** Nodes that hold the address at the end, do not own it, and answer. */
  readonly orphans: number;
  /** Nodes that hold it so, but whose kernel guard keeps it silent. */
  readonly leftSilent: number;
  /** Moves without a fault, before it and after its effect. */
  readonly falseTakeovers: number;
  /** The largest lateness of the client itself. */
  readonly clientLateMs: number | null;
}

const nowNs = (): number => Number(native.bootTimeNs());

export async function measure(standing: Standing, fault: BenchFault): Promise<Run> {
  const { system } = standing;
  let run = nothing(system, fault);
  try {
    run = await act(await standing.ready(fault), system, fault);
    standing.harmed(fault);
  } catch (error) {
    run = { ...run, failure: (error as Error).message };
  }
  if (run.failure !== null) run = { ...run, failure: `${run.failure}\n${standing.log()}`.slice(0, FAILURE_CHARACTERS_MAX) };
  if (run.failure !== null || run.unfit !== null) await standing.close();
  return run;
}

function nothing(system: System, fault: BenchFault): Run {
  const seen = {
    gapMs: null,
    takenMs: null,
    oldAnswers: 0,
    oldAnswersMs: 0,
    queuedMs: 0,
    orphans: 0,
    leftSilent: 0,
    falseTakeovers: 0,
    clientLateMs: null,
  };
  return { system: system.name, fault: fault.name, failure: null, unfit: null, ...seen };
}

async function act({ stage, running }: Scenery, system: System, fault: BenchFault): Promise<Run> {
  const client = startClient(stage);
  const before = await steadyOwner(client, system);
  const endSetting = await fault.setting?.(stage, before);
  const owner = endSetting === undefined ? before : await steadyOwner(client, system);
  const unfit = fault.unfit(running, owner);
  if (unfit !== null) return { ...nothing(system, fault), unfit };
  const witness = await startWitness(stage, owner);
  const scene = { stage, running, owner };
  const begin = await fault.prepare(scene);
  const early = moves(client).length;
  if (client.owner !== before) {
    const failure = `the address moved from node ${before} by itself before the fault`;
    return { ...nothing(system, fault), failure, falseTakeovers: ownerChanges(await client.stop()).length };
  }
  const faultNs = nowNs();
  await begin();
  const look = { client, witness, early, faultNs };
  const run = await (fault.expected === 'moves' ? moved(system, fault, scene, look) : stayed(system, fault, scene, look));
  await endSetting?.();
  return run;
}

interface Look {
  readonly client: VipClient;
  readonly witness: VipClient;
  readonly early: number;
  readonly faultNs: number;
}

async function moved(system: System, fault: BenchFault, scene: Scene, look: Look): Promise<Run> {
  const { client, witness, early, faultNs } = look;
  const seen = (): string => `the client has answers of node ${String(client.owner)}`;
  const first = await waitFor('another owner', () => moves(client)[early], { deadlineMs: system.deadlineMs, everyMs: 5, seen });
  await pause(AFTER_MS);
  await fault.end?.(scene);
  await pause(system.settleMs);
  const atEnd = await holdersBeside(scene, look);
  const summaries = await Promise.all([client.stop(), witness.stop()]);
  const again = scene.running.acquiredMs(scene.owner).find((ms) => ms * 1e6 > first.atNs) ?? Number.MAX_SAFE_INTEGER;
  const old = answersAfter(scene.owner, summaries, first.atNs, again * 1e6);
  return {
    ...nothing(system, fault),
    gapMs: (first.gapNs ?? 0) / 1e6,
    takenMs: (first.atNs - faultNs) / 1e6,
    oldAnswers: old.answers,
    oldAnswersMs: old.forMs,
    queuedMs: old.queuedMs,
    ...atEnd,
    falseTakeovers: changesIn(summaries[0], scene.owner, first.atNs) - 1,
    clientLateMs: summaries[0].lateNsMax / 1e6,
  };
}

async function stayed(system: System, fault: BenchFault, scene: Scene, look: Look): Promise<Run> {
  const { client, witness, faultNs } = look;
  const watchMs = fault.watchMs ?? Math.max(WATCH_MS, system.settleMs);
  await pause(watchMs);
  const untilNs = faultNs + (fault.effectMs ?? watchMs) * 1e6;
  await fault.end?.(scene);
  await pause(system.settleMs);
  const atEnd = await holdersBeside(scene, look);
  const falseTakeovers = moves(client).length;
  const [summary] = await Promise.all([client.stop(), witness.stop()]);
  const gapMs = longestGapNs(summary, faultNs, untilNs) / 1e6;
  return { ...nothing(system, fault), gapMs, ...atEnd, falseTakeovers, clientLateMs: summary.lateNsMax / 1e6 };
}

/** How many kernels go on holding the address although another node owns it; the witness knows whether the old owner's is silent. */
async function holdersBeside({ stage, owner }: Scene, { client, witness }: Look): Promise<Pick<Run, 'orphans' | 'leftSilent'>> {
  const untilMs = performance.now() + HOLDING_MS;
  for (;;) {
    const held = (await holders(stage)).filter((node) => node !== client.owner);
    const silent = held.filter((node) => node === owner && witness.silent);
    if (held.length === 0 || performance.now() > untilMs) return { orphans: held.length - silent.length, leftSilent: silent.length };
    await pause(HOLDING_MS / 10);
  }
}
