// Reads the statistics page: the memory that the beat thread writes while it runs. No call into the addon, no
// allocation for a single number; what belongs together is read under its generation (odd: being written).
import { header, LINKS_MAX, linkFields, linkWord, pathFields, pathWord, peerFields, peerWord, rejectReasons, seatFields, seatWord } from './statistics-layout.ts';

export interface HistogramReading {
  readonly count: number;
  readonly meanNs: number;
  readonly maxNs: number;
  /** Upper bounds of the buckets in which these shares of the values lie. */
  readonly p50Ns: number;
  readonly p99Ns: number;
}

export interface PathReading {
  readonly link: number;
  readonly up: boolean;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly roundTripNs: number;
}

export interface PeerReading {
  readonly node: number;
  readonly up: boolean;
  readonly stalled: boolean;
  readonly paths: readonly PathReading[];
}

export interface LinkReading {
  readonly present: boolean;
  readonly carrier: boolean;
  readonly sent: number;
  readonly received: number;
  readonly sendDropped: number;
  readonly rejects: Readonly<Record<string, number>>;
}

export class Statistics {
  readonly #words: Uint32Array;

  constructor(page: ArrayBuffer) {
    this.#words = new Uint32Array(page);
  }

  /** One word as a number (exact below 2^53). */
  word(index: number): number {
    return (this.#words[2 * index] as number) + (this.#words[2 * index + 1] as number) * 0x1_0000_0000;
  }

  /** Owner of a seat as this node knows it; 0: nobody was heard. */
  holder(seat: number): number {
    return this.word(seatWord(seat, seatFields.holder));
  }

  holderEpoch(seat: number): number {
    return this.word(seatWord(seat, seatFields.holderEpoch));
  }

  /** This node's part: 0 idle, 1 asking, 2 opening, 3 open, 4 lapsed, 5 closing. */
  seatState(seat: number): number {
    return this.word(seatWord(seat, seatFields.state));
  }

  /** Holder, epoch and state of one moment. */
  seat(seat: number): { holder: number; epoch: number; state: number } {
    for (;;) {
      const before = this.word(header.generation);
      const reading = { holder: this.holder(seat), epoch: this.holderEpoch(seat), state: this.seatState(seat) };
      if (before % 2 === 0 && before === this.word(header.generation)) return reading;
    }
  }

  link(link: number): LinkReading {
    const read = (field: number): number => this.word(linkWord(link, field));
    const rejects: Record<string, number> = {};
    rejectReasons.forEach((reason, index) => {
      const count = read(linkFields.rejects + index);
      if (index > 0 && count > 0) rejects[reason] = count;
    });
    return {
      present: read(linkFields.present) !== 0,
      carrier: read(linkFields.carrier) !== 0,
      sent: read(linkFields.sent),
      received: read(linkFields.received),
      sendDropped: read(linkFields.sendDropped),
      rejects,
    };
  }

  peers(): PeerReading[] {
    const count = this.word(header.peerCount);
    const peers: PeerReading[] = [];
    for (let index = 0; index < count; index++) {
      const node = this.word(peerWord(index, peerFields.nodeId));
      if (node === 0) continue;
      peers.push({
        node,
        up: this.word(peerWord(index, peerFields.up)) !== 0,
        stalled: this.word(peerWord(index, peerFields.stalled)) !== 0,
        paths: Array.from({ length: LINKS_MAX }, (_, link) => this.#path(index, link)),
      });
    }
    return peers;
  }

  #path(index: number, link: number): PathReading {
    const read = (field: number): number => this.word(pathWord(index, link, field));
    return {
      link,
      up: read(pathFields.up) !== 0,
      sent: read(pathFields.sent),
      received: read(pathFields.received),
      lost: read(pathFields.lost),
      roundTripNs: read(pathFields.roundTripNs),
    };
  }

  wakeLateness(): HistogramReading {
    return this.#histogram(header.wakeLateness);
  }

  roundTrip(link: number): HistogramReading {
    return this.#histogram(linkWord(link, linkFields.roundTrip));
  }

  #histogram(at: number): HistogramReading {
    const count = this.word(at);
    const share = (part: number): number => {
      let seen = 0;
      for (let bucket = 0; bucket < 64; bucket++) {
        seen += this.word(at + 3 + bucket);
        if (seen >= count * part) return 2 ** (bucket + 1);
      }
      return 0;
    };
    return { count, meanNs: count === 0 ? 0 : this.word(at + 1) / count, maxNs: this.word(at + 2), p50Ns: share(0.5), p99Ns: share(0.99) };
  }
}
