// What a choice of timings rests on, read from the statistics page: `heartwire tune` takes it twice and looks at what came
// in between.
import type { Statistics } from './statistics.ts';
import type { Distribution } from './types.ts';

/** What a choice of timings rests on, counted since the node's start. */
export interface Timings {
  readonly nowMs: number;
  readonly intervalUs: number;
  readonly timeoutUs: number;
  /** Peers that are heard now, and the paths to them. */
  readonly peers: number;
  readonly paths: number;
  readonly framesReceived: number;
  readonly framesLost: number;
  /** Of the beat thread's wake-ups. */
  readonly lateness: Distribution;
  /** Between two signs of life of a peer, on whatever path. */
  readonly silence: Distribution;
  /** Smoothed, of each path that is up. */
  readonly roundTripsNs: readonly number[];
}

export function timingsOf(
  statistics: Statistics,
  heartbeat: { readonly intervalUs: number; readonly timeoutUs: number },
  nowMs: number,
): Timings {
  const peers = statistics.peers().filter((peer) => peer.up);
  const all = statistics.peers().flatMap((peer) => peer.paths);
  const paths = peers.flatMap((peer) => peer.paths).filter((path) => path.up);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    nowMs,
    intervalUs: heartbeat.intervalUs,
    timeoutUs: heartbeat.timeoutUs,
    peers: peers.length,
    paths: paths.length,
    framesReceived: sum(all.map((path) => path.received)),
    framesLost: sum(all.map((path) => path.lost)),
    lateness: statistics.lateness(),
    silence: statistics.silence(),
    roundTripsNs: paths.map((path) => path.roundTripNs).filter((ns) => ns > 0),
  };
}
