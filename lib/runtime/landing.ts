// Where messages of other nodes land: memory that the native node writes into, with a place for each of a batch. They are
// decoded where they lie, so that nothing is allocated for one but what it says (native/binding/landing.h).
import { decodeMessage } from '../protocol/codec/codec.ts';
import type { Event, NodeId } from '../protocol/types.ts';

const PLACES = 64;
/** As in landing.h: length (4 bytes), node (2), nothing (2), boot (8), as this machine writes them; then the message. */
const PLACE_BYTES = 1416;
const HEADER_BYTES = 16;
const NODE_AT = 4;
const BOOT_AT = 8;

export class Landing {
  readonly memory: ArrayBuffer = new ArrayBuffer(PLACES * PLACE_BYTES);
  readonly #words = new Uint32Array(this.memory);
  readonly #halves = new Uint16Array(this.memory);
  readonly #boots = new BigUint64Array(this.memory);
  /** The last one at each place: lengths repeat, and the codec keeps its own view with it. */
  readonly #messages: Buffer[] = Array.from({ length: PLACES }, () => Buffer.alloc(0));

  /** Null: it is not understood. */
  take(place: number): Event | null {
    const at = place * PLACE_BYTES;
    const message = decodeMessage(this.#bytesAt(place, this.#words[at / 4] ?? 0));
    return message === null ? null : { type: 'received', from: this.nodeOf(place), boot: this.#boots[(at + BOOT_AT) / 8] ?? 0n, message };
  }

  #bytesAt(place: number, length: number): Buffer {
    const last = this.#messages[place];
    if (last?.length === length) return last;
    const bytes = Buffer.from(this.memory, place * PLACE_BYTES + HEADER_BYTES, length);
    this.#messages[place] = bytes;
    return bytes;
  }

  nodeOf(place: number): NodeId {
    return this.#halves[(place * PLACE_BYTES + NODE_AT) / 2] ?? 0;
  }
}
