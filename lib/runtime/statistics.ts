// Reads the statistics page: the memory that the beat thread writes while it runs. No call into the addon, no
// allocation for a single number; what belongs together is read under its generation (odd: being written).
import type { Distribution } from './types.ts';
import {
  FINE_BUCKETS,
  fine,
  header,
  LINKS_MAX,
  linkFields,
  linkWord,
  pathFields,
  pathWord,
  peerFields,
  peerWord,
  rejectReasons,
  seatFields,
  seatWord,
} from './statistics-layout.ts';

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
  readonly lastArrivalNs: number;
  readonly roundTripNs: number;
}

export interface PeerReading {
  readonly node: number;
  readonly up: boolean;
  readonly stalled: boolean;
  /** The node that passes its beats on while none of its own paths is up; 0: none. */
  readonly via: number;
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

const LOOKS_MAX = 1000;

/** The smallest value of a fine bucket, ns. */
export function fineBucketNs(bucket: number): number {
  return bucket < 16 ? bucket : ((bucket & 7) | 8) * 2 ** ((bucket >> 3) - 1);
}

export class Statistics {
  readonly #words: Uint32Array;

  constructor(page: ArrayBuffer) {
    this.#words = new Uint32Array(page);
  }

  /** One word as a number (exact below 2^53). The halves are two reads: when the upper one changes in between, both are read anew. */
  word(index: number): number {
    let upper = this.#words[2 * index + 1] as number;
    for (;;) {
      const lower = this.#words[2 * index] as number;
      const again = this.#words[2 * index + 1] as number;
      if (again === upper) return lower + upper * 0x1_0000_0000;
      upper = again;
    }
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

  /** Changes with every change of the page; odd: one is under way. Its lower half: nobody reads for 2^32 changes. */
  generation(): number {
    return this.#words[2 * header.generation] as number;
  }

  /** Holder, epoch and state of one moment; of the last look where the writer was never found between two changes. */
  seat(seat: number): { holder: number; epoch: number; state: number } {
    const words = this.#words;
    const holder = 2 * seatWord(seat, seatFields.holder);
    const epoch = 2 * seatWord(seat, seatFields.holderEpoch);
    const state = 2 * seatWord(seat, seatFields.state);
    for (let look = 1; ; look++) {
      const before = this.generation(); // between two equal ones no word is torn
      const reading = {
        holder: words[holder] as number,
        epoch: (words[epoch] as number) + (words[epoch + 1] as number) * 0x1_0000_0000,
        state: words[state] as number,
      };
      const after = this.generation();
      if ((before === after && (before & 1) === 0) || look === LOOKS_MAX) return reading;
    }
  }

  /** Whom this voter's running grant holds for (0: nobody), and, of two nodes, what passed with the witness; ns of CLOCK_BOOTTIME. */
  promise(seat: number): { grantedTo: number; witnessAskedNs: number; witnessUntilNs: number } {
    const read = (field: number): number => this.word(seatWord(seat, field));
    return {
      grantedTo: read(seatFields.grantedTo),
      witnessAskedNs: read(seatFields.witnessAskedNs),
      witnessUntilNs: read(seatFields.witnessUntilNs),
    };
  }

  /** What the addresses of a seat send here leaves so much later, ns. */
  egressNs(seat: number): number {
    return this.word(seatWord(seat, seatFields.egressNs));
  }

  /** Events that JavaScript did not take in time, and orders that the address thread did not. */
  dropped(): { events: number; orders: number } {
    return { events: this.word(header.eventsDropped), orders: this.word(header.ordersDropped) };
  }

  /** How often the second beat thread kept this node audible, and how late the first one was then at most. */
  stoodIn(): { times: number; longestNs: number } {
    return { times: this.word(header.stoodIn), longestNs: this.word(header.stoodInLongestNs) };
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
        via: this.word(peerWord(index, peerFields.via)),
        paths: Array.from({ length: LINKS_MAX }, (_, link) => this.#path(index, link)),
      });
    }
    return peers;
  }

  /** @param link 0-7 @param sinceMs of CLOCK_BOOTTIME: and has heard it then or later */
  hears(node: number, link: number, sinceMs: number): boolean {
    const isHeard = (path: PathReading | undefined): boolean => path?.up === true && path.lastArrivalNs >= sinceMs * 1e6;
    return this.peers().some((peer) => peer.node === node && isHeard(peer.paths[link]));
  }

  #path(index: number, link: number): PathReading {
    const read = (field: number): number => this.word(pathWord(index, link, field));
    return {
      link,
      up: read(pathFields.up) !== 0,
      sent: read(pathFields.sent),
      received: read(pathFields.received),
      lost: read(pathFields.lost),
      lastArrivalNs: read(pathFields.lastArrivalNs),
      roundTripNs: read(pathFields.roundTripNs),
    };
  }

  /** How often the beat thread has woken up. */
  ticks(): number {
    return this.word(header.ticks);
  }

  /** Of the beat thread's wake-ups, ns. */
  lateness(): Distribution {
    return this.#distribution(fine.lateness);
  }

  /** Between two signs of life of a peer that lives, ns. */
  silence(): Distribution {
    return this.#distribution(fine.silence);
  }

  #distribution(at: number): Distribution {
    const buckets: [number, number][] = [];
    for (let bucket = 0; bucket < FINE_BUCKETS; bucket++) {
      const count = this.word(at + 3 + bucket);
      if (count > 0) buckets.push([fineBucketNs(bucket), count]);
    }
    return { maxNs: this.word(at + 2), buckets };
  }

  wakeLateness(): HistogramReading {
    return this.#histogram(header.wakeLateness);
  }

  roundTrip(link: number): HistogramReading {
    return this.#histogram(linkWord(link, linkFields.roundTrip));
  }

  #histogram(at: number): HistogramReading {
    const count = this.word(at);
    if (count === 0) return { count, meanNs: 0, maxNs: 0, p50Ns: 0, p99Ns: 0 };
    const share = (part: number): number => {
      let seen = 0;
      for (let bucket = 0; bucket < 64; bucket++) {
        seen += this.word(at + 3 + bucket);
        if (seen >= count * part) return 2 ** (bucket + 1);
      }
      return 0;
    };
    return { count, meanNs: this.word(at + 1) / count, maxNs: this.word(at + 2), p50Ns: share(0.5), p99Ns: share(0.99) };
  }
}
