// A machine that is paused but for the CPU of its second beat thread: it says "I live" as the one that ships does
// (native/core/heartbeat/second_beats.h). That must keep nothing but the verdict.
import type { Host } from './host.ts';
import type { World } from './world.ts';

export function pause(world: World, host: Host): void {
  host.paused = true;
  if (world.options.secondThread) standIn(world, host, host.boot);
}

function standIn(world: World, host: Host, boot: bigint): void {
  if (!host.paused || host.boot !== boot || host.engine === null) return;
  const nowNs = host.localNs();
  const { frames, nextNs } = host.engine.standIn(nowNs);
  for (const frame of frames) world.sendFrame(host, frame);
  world.schedule.at(world.schedule.nowNs + Math.max(nextNs - nowNs, 1000), () => standIn(world, host, boot));
}
