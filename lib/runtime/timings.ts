// What a choice of timings rests on, read from the statistics page: `heartwire tune` takes it twice and looks at what came
// in between.
import type { Statistics } from './statistics.ts';
import type { Timings } from './types.ts';

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
