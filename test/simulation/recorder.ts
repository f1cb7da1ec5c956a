// Somebody on the wires who records what a node says and says it again later, as it was: well sealed, and to receivers that have
// started anew and remember nothing of it (safety.md, 'The wire').
import { nameOfBug, type SimulatedFrame } from './engine-port.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** Of a frame's header (docs/wire.md). */
const RECEIVER_BOOT_AT = 32;

export class Recorder {
  readonly #world: World;
  readonly #from: Host;
  readonly #recorded: { readonly atNs: number; readonly frame: SimulatedFrame }[] = [];
  #isOn = true;

  /** Records from now on. */
  constructor(world: World, from: number) {
    this.#world = world;
    this.#from = world.host(from);
    world.tap = (host, frame) => {
      if (host !== this.#from) return false;
      if (this.#isOn) this.#recorded.push({ atNs: world.schedule.nowNs, frame });
      return !this.#isOn;
    };
  }

  /** From now on the frames of that node get no further. */
  keepBack(): void {
    this.#isOn = false;
  }

  /** All at the pace at which they were said. */
  replay(): void {
    const { schedule } = this.#world;
    const laterNs = schedule.nowNs - (this.#recorded[0]?.atNs ?? 0);
    for (const { atNs, frame } of this.#recorded) schedule.at(atNs + laterNs, () => this.#say(frame));
  }

  #say({ toNode, link, bytes }: SimulatedFrame): void {
    const to = this.#world.host(toNode);
    const isBlind = nameOfBug(this.#world.options) === 'a stale boot of the receiver counts';
    to.receiveFrame(this.#from, link, isBlind ? withBoot(bytes, to.boot) : bytes);
  }
}

/** As if the receiver did not look at it. */
function withBoot(bytes: Uint8Array, boot: bigint): Uint8Array {
  const changed = Uint8Array.from(bytes);
  new DataView(changed.buffer).setBigUint64(RECEIVER_BOOT_AT, boot, true);
  return changed;
}
