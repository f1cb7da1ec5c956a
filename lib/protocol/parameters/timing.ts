// From parameters to what the engine works with: how often it beats, how long it waits for beats (threshold x time-out) and
// for answers (threshold x interval, and the time-out of the last one).
import type { ParameterName } from './definitions.ts';

export interface BeatTiming {
  readonly intervalUs: number;
  /** A peer that is silent for longer has failed. At the cluster's values also the length of a lease. */
  readonly silenceUs: number;
  /** A peer that answers no beat for longer has failed; 0: that is not judged. */
  readonly answerUs: number;
}

/** @param valueOf what holds, by name */
export function timingFrom(valueOf: (name: ParameterName) => number): BeatTiming {
  const intervalUs = valueOf('heartbeat.interval');
  const beatTimeoutUs = valueOf('heartbeat.beat_timeout');
  const waitUs = beatTimeoutUs === 0 ? valueOf('heartbeat.receive_send_ratio') * intervalUs : beatTimeoutUs;
  const answers = valueOf('heartbeat.ack_failure_threshold');
  return {
    intervalUs,
    silenceUs: Math.round(valueOf('heartbeat.failure_threshold') * waitUs),
    answerUs: answers === 0 ? 0 : answers * intervalUs + valueOf('heartbeat.ack_timeout'),
  };
}

/** Neither end is judged by less than the old and the new values allow, while not all have changed. */
export function mostPatient(one: BeatTiming, other: BeatTiming): BeatTiming {
  return {
    intervalUs: one.intervalUs,
    silenceUs: Math.max(one.silenceUs, other.silenceUs),
    answerUs: one.answerUs === 0 || other.answerUs === 0 ? 0 : Math.max(one.answerUs, other.answerUs),
  };
}
