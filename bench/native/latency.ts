// How long after the beat thread has said something does JavaScript hear it, from the event's own time to the
// callback, and from the command that asks for the event to the callback; with a loop that sleeps, and with one that has
// just asked.
import { native } from '../../lib/native.ts';
import { quantile } from '../support/figures.ts';
import type { Fence } from './fence.ts';
import type { Sleeper } from './sleeper.ts';

export interface Latency {
  readonly name: string;
  readonly runs: number;
  readonly medianUs: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

const WARM_UP_SHARE = 0.1;

function latencyOf(name: string, valuesNs: number[]): Latency {
  const sorted = valuesNs.sort((left, right) => left - right);
  const at = (part: number): number => (quantile(sorted, part) ?? Number.NaN) / 1000;
  return { name, runs: sorted.length, medianUs: at(0.5), p90Us: at(0.9), p99Us: at(0.99), maxUs: at(1) };
}

export async function eventLatencies(fence: Fence, sleeper: Sleeper, rounds: number): Promise<Latency[]> {
  const warmUpRounds = rounds * WARM_UP_SHARE;
  const fromEvent: number[] = [];
  const fromCommand: number[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const askedNs = native.bootTimeNs();
    const [saidNs, heardNs] = await fence.passed((event) => [event.atNs, native.bootTimeNs()] as const);
    if (round < warmUpRounds) continue;
    fromEvent.push(Number(heardNs - saidNs));
    fromCommand.push(Number(heardNs - askedNs));
  }
  const asleep: number[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const latencyNs = await sleeper.woken();
    if (round >= warmUpRounds) asleep.push(latencyNs);
  }
  return [
    latencyOf('event on the beat thread -> callback, the loop asleep', asleep),
    latencyOf('event on the beat thread -> callback', fromEvent),
    latencyOf('command -> event -> callback', fromCommand),
  ];
}
