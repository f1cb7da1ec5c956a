// Where things lie in the statistics page: the same layout as native/core/heartbeat/statistics_page.h, in words of 64
// bits. A test compares the total with the size that the page itself states.

const HISTOGRAM_WORDS = 3 + 64;
const REJECT_WORDS = 13;
const SEAT_WORDS = 15;
const LINK_WORDS = 5 + REJECT_WORDS + 2 + HISTOGRAM_WORDS;
const PATH_WORDS = 8;
const PEER_WORDS = 6 + 8 * PATH_WORDS;

export const SEATS_MAX = 8;
export const LINKS_MAX = 8;
export const PEERS_MAX = 1024;

const HEADER_WORDS = 18;
const SEATS_AT = HEADER_WORDS + HISTOGRAM_WORDS;
const LINKS_AT = SEATS_AT + SEATS_MAX * SEAT_WORDS;
const PEERS_AT = LINKS_AT + LINKS_MAX * LINK_WORDS;
const FINE_AT = PEERS_AT + PEERS_MAX * PEER_WORDS;
/** Eight buckets to each power of two (native/core/rt/histogram.h). */
export const FINE_BUCKETS = 496;
const FINE_WORDS = 3 + FINE_BUCKETS;
export const fine: { readonly lateness: number; readonly silence: number } = { lateness: FINE_AT, silence: FINE_AT + FINE_WORDS };
export const PAGE_WORDS: number = FINE_AT + 2 * FINE_WORDS;

export const PAGE_MAGIC = 0x4857504147453031n;

export const header = {
  magic: 0,
  version: 1,
  sizeBytes: 2,
  generation: 3,
  nodeId: 4,
  startedNs: 5,
  nowNs: 6,
  intervalNs: 7,
  timeoutNs: 8,
  ticks: 9,
  lateTicks: 10,
  eventsDropped: 11,
  ordersDropped: 12,
  stalled: 13,
  peerCount: 14,
  stoodIn: 15,
  stoodInLongestNs: 16,
  signsSent: 17,
  wakeLateness: 18,
} as const;

export const seatFields = {
  exists: 0,
  holder: 1,
  holderEpoch: 2,
  state: 3,
  epoch: 4,
  expiryNs: 5,
  grantedUntilNs: 6,
  promisedEpoch: 7,
  reservedEpoch: 8,
  ordersId: 9,
  voting: 10,
  grantedTo: 11,
  witnessAskedNs: 12,
  witnessUntilNs: 13,
  egressNs: 14,
} as const;

export const linkFields = {
  present: 0,
  carrier: 1,
  sent: 2,
  sendDropped: 3,
  received: 4,
  rejects: 5,
  gone: 18,
  relayed: 19,
  roundTrip: 20,
} as const;

export const pathFields = { up: 0, sent: 1, received: 2, acked: 3, lost: 4, late: 5, lastArrivalNs: 6, roundTripNs: 7 } as const;

export const peerFields = { nodeId: 0, up: 1, boot: 2, stalled: 3, signs: 4, via: 5, paths: 6 } as const;

/** In the order of Reject in native/core/wire/frame.h. */
export const rejectReasons = [
  'none',
  'length',
  'magic',
  'version',
  'type',
  'cluster',
  'sender',
  'link',
  'source',
  'boot',
  'replay',
  'tag',
  'body',
] as const;

export const seatWord = (seat: number, field: number): number => SEATS_AT + seat * SEAT_WORDS + field;
export const linkWord = (link: number, field: number): number => LINKS_AT + link * LINK_WORDS + field;
export const peerWord = (index: number, field: number): number => PEERS_AT + index * PEER_WORDS + field;
export const pathWord = (index: number, link: number, field: number): number =>
  peerWord(index, peerFields.paths + link * PATH_WORDS + field);
