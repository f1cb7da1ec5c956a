// Native events in the words of the protocols. What only this node's people care about (links, carrier, stray
// addresses) is told apart in local-events.ts.
import { decodeAnnouncement, decodeMessage } from '../protocol/codec/codec.ts';
import type { NativeEvent } from '../native.ts';
import type { Event, SeatNews, Unfitness } from '../protocol/types.ts';

const ANSWERS = ['', 'yes', 'held', 'epoch_old', 'orders', 'voters', 'quiet', 'reserve', 'unfit'] as const;

/** By the numbers of Unfitness in native/core/heartbeat/engine_types.h. */
export const UNFITNESS: readonly Unfitness[] = ['no-carrier', 'stalled', 'no-carrier', 'hears-nobody', 'unheard'];

const SEAT_NEWS: ReadonlyMap<string, SeatNews> = new Map([
  ['seat_acquired', 'acquired'],
  ['seat_open', 'open'],
  ['seat_lapsed', 'lapsed'],
  ['seat_regained', 'regained'],
  ['seat_released', 'released'],
  ['seat_failed', 'failed'],
  ['seat_closed', 'closed'],
]);

/** Null: not for the protocol, or not understood (`payload` events only). */
export function protocolEvent(event: NativeEvent): Event | null {
  const news = SEAT_NEWS.get(event.kind);
  if (news !== undefined) return { type: 'seat', news, seat: event.seat, epoch: event.epoch };
  switch (event.kind) {
    case 'node_up':
      return { type: 'nodeUp', node: event.node };
    case 'node_down':
      return { type: 'nodeDown', node: event.node };
    case 'link_up':
      return { type: 'linkUp', node: event.node, link: event.link };
    case 'link_down':
      return { type: 'linkDown', node: event.node, link: event.link };
    case 'carrier':
      return { type: 'carrier', link: event.link, up: event.flag };
    case 'interface_gone':
      return { type: 'carrier', link: event.link, up: false };
    case 'holder_changed':
      return { type: 'holder', seat: event.seat, node: event.node, epoch: event.epoch };
    case 'refused':
      return { type: 'refused', seat: event.seat, node: event.node, answer: ANSWERS[Number(event.value)] ?? '', epoch: event.epoch };
    case 'reserve_needed':
      return { type: 'reserveNeeded', seat: event.seat, epoch: event.epoch };
    case 'peer_stalled':
      return { type: 'nodeStalled', node: event.node, stalled: event.flag };
    case 'peer_serves':
      return { type: 'nodeServes', node: event.node, networks: Number(event.value) };
    case 'seat_unfit':
      return { type: 'unfit', seat: event.seat, why: UNFITNESS[Number(event.value)] ?? 'no-carrier' };
    case 'duplicate_node':
      return { type: 'duplicateNode', node: event.node };
    case 'session_up':
      return { type: 'sessionUp', node: event.node, boot: event.boot ?? 0n };
    case 'undeliverable':
      return { type: 'undeliverable', node: event.node };
    default:
      return payloadEvent(event);
  }
}

function payloadEvent(event: NativeEvent): Event | null {
  if (event.payload === undefined) return null;
  const boot = event.boot ?? 0n;
  if (event.kind === 'message') {
    const message = decodeMessage(event.payload);
    return message === null ? null : { type: 'received', from: event.node, boot, message };
  }
  if (event.kind !== 'announce') return null;
  const announcement = decodeAnnouncement(event.payload);
  // A node speaks for itself only.
  if (announcement === null || announcement.description.node !== event.node) return null;
  return { type: 'announced', from: event.node, boot, announcement };
}
