// X10: from what was measured, the timings that would make no more mistakes than wanted. A mistake is a living peer that is
// silent for longer than the time-out. It comes of a delay (a machine that pauses, a thread that wakes late, a full queue),
// or of all beats in a row being lost on all networks.
//
// Delays are measured as the silence between two signs of life, less the interval; they come so often an hour, whatever the
// interval is. The time-out must leave room for one on top of an interval, and the share of lost frames, to the power of the
// beats that fit into it and of the networks, must be small enough. What was seen decides; beyond it, its tail (tail.ts).
import type { Timings } from '../runtime/types.ts';
import { beyond, countOf, lessNs, quantileNs, since } from './tail.ts';

export interface Proposal {
  readonly intervalUs: number;
  readonly timeoutUs: number;
  /** Expected, of all peers together. */
  readonly mistakesPerHour: number;
}

export interface Tuning {
  readonly observedSeconds: number;
  readonly peers: number;
  readonly silences: number;
  readonly silenceUs: { readonly p50: number; readonly p999: number; readonly max: number };
  readonly latenessUs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly roundTripUs: number;
  readonly lossShare: number;
  readonly wantedMistakesPerHour: number;
  readonly current: Proposal;
  /** One for each interval that can be had, fastest first; none when nothing was heard. */
  readonly proposals: readonly Proposal[];
  /** The fastest of them. */
  readonly recommended: Proposal | null;
}

const INTERVALS_US = [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000];
/** Less than three beats in a time-out, and one lost frame is half of it; more than fifty are load without use. */
const BEATS_MIN = 3;
const BEATS_MAX = 50;
const HOUR_S = 3600;
/** A thread that wakes later than this share of an interval as a rule cannot keep it. */
const LATENESS_SHARE = 0.25;

/** @param wantedMistakesPerHour more than 0 */
export function tune(before: Timings, after: Timings, wantedMistakesPerHour: number): Tuning {
  const silence = since(before.silence, after.silence);
  const lateness = since(before.lateness, after.lateness);
  const observedSeconds = (after.nowMs - before.nowMs) / 1000;
  const received = after.framesReceived - before.framesReceived;
  const lost = Math.max(0, after.framesLost - before.framesLost);
  const lossShare = received + lost === 0 ? 0 : lost / (received + lost);
  const delay = lessNs(silence, before.intervalUs * 1000);
  const networks = Math.max(1, Math.round(after.paths / Math.max(1, after.peers)));
  const mistakesPerHour = (intervalUs: number, timeoutUs: number): number => {
    const delayed = (beyond(delay, (timeoutUs - intervalUs) * 1000) / observedSeconds) * HOUR_S;
    const beatsPerHour = (after.peers * HOUR_S * 1e6) / intervalUs;
    return delayed + beatsPerHour * lossShare ** (networks * Math.floor(timeoutUs / intervalUs));
  };
  const latenessP99 = quantileNs(lateness, 0.99);
  const proposals =
    countOf(silence) === 0
      ? []
      : candidates(latenessP99).flatMap((intervalUs) => cheapest(intervalUs, mistakesPerHour, wantedMistakesPerHour));
  const fastestFirst = proposals.toSorted((one, other) => one.timeoutUs - other.timeoutUs || other.intervalUs - one.intervalUs);
  const { intervalUs, timeoutUs } = after;
  return {
    observedSeconds,
    peers: after.peers,
    silences: countOf(silence),
    silenceUs: { p50: quantileNs(silence, 0.5) / 1000, p999: quantileNs(silence, 0.999) / 1000, max: silence.maxNs / 1000 },
    latenessUs: { p50: quantileNs(lateness, 0.5) / 1000, p99: latenessP99 / 1000, max: lateness.maxNs / 1000 },
    roundTripUs: Math.max(0, ...after.roundTripsNs) / 1000,
    lossShare,
    wantedMistakesPerHour,
    current: { intervalUs, timeoutUs, mistakesPerHour: mistakesPerHour(intervalUs, timeoutUs) },
    proposals: fastestFirst,
    recommended: fastestFirst[0] ?? null,
  };
}

function candidates(latenessP99Ns: number): number[] {
  return INTERVALS_US.filter((intervalUs) => latenessP99Ns <= LATENESS_SHARE * intervalUs * 1000);
}

/** The shortest time-out for this interval; nothing where even the longest makes too many mistakes. */
function cheapest(intervalUs: number, mistakesPerHour: (intervalUs: number, timeoutUs: number) => number, wanted: number): Proposal[] {
  for (let beats = BEATS_MIN; beats <= BEATS_MAX; beats++) {
    const timeoutUs = beats * intervalUs;
    const expected = mistakesPerHour(intervalUs, timeoutUs);
    if (expected <= wanted) return [{ intervalUs, timeoutUs, mistakesPerHour: expected }];
  }
  return [];
}
