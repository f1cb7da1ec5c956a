// Names that the engine gives to its news, in the protocol's words.
import type { Ended, Opening } from '../../lib/protocol/rounds/state.ts';
import type { Event, SeatNews } from '../../lib/protocol/types.ts';
import { UNFITNESS } from '../../lib/runtime/event-words.ts';
import type { SimulatedEvent } from './engine-port.ts';

const ANSWERS: readonly string[] = ['', 'yes', 'held', 'epoch_old', 'orders', 'voters', 'quiet', 'reserve', 'unfit'];
export const SEAT_NEWS: Readonly<Record<string, SeatNews>> = {
  seat_acquired: 'acquired',
  seat_open: 'open',
  seat_lapsed: 'lapsed',
  seat_regained: 'regained',
  seat_released: 'released',
  seat_failed: 'failed',
  seat_closed: 'closed',
};

/** A message in a few words, for a person who follows one seed. */
export function wordsOf(message: unknown): string {
  const { kind, number, opening, ended } = message as {
    kind: string;
    number?: bigint;
    opening?: Opening;
    ended?: Ended | readonly Ended[];
  };
  const about = number ?? opening?.number ?? (ended !== undefined && 'opening' in ended ? ended.opening.number : '');
  const list = Array.isArray(ended) ? (ended as readonly Ended[]).map((each) => each.opening.number).join(' ') : '';
  return `${kind} ${about}${list} ${(message as { applied?: bigint }).applied ?? ''}`;
}

/** What an engine's event is to the protocol, but for news of its own seats; null: nothing. */
export function protocolEventOf(event: SimulatedEvent): Event | null {
  const { node, link, seat, epoch } = event;
  switch (event.kind) {
    case 'node_up':
      return { type: 'nodeUp', node };
    case 'node_down':
      return { type: 'nodeDown', node };
    case 'link_up':
      return { type: 'linkUp', node, link };
    case 'link_down':
      return { type: 'linkDown', node, link };
    case 'holder_changed':
      return { type: 'holder', seat, node, epoch };
    case 'reserve_needed':
      return { type: 'reserveNeeded', seat, epoch };
    case 'refused':
      return { type: 'refused', seat, node, answer: ANSWERS[Number(event.value)] ?? '', epoch };
    case 'peer_stalled':
      return { type: 'nodeStalled', node, stalled: event.flag };
    case 'peer_serves':
      return { type: 'nodeServes', node, networks: Number(event.value) };
    case 'seat_unfit':
      return { type: 'unfit', seat, why: UNFITNESS[Number(event.value)] ?? 'no-carrier' };
    default:
      return null;
  }
}

/** Of a group's seat, for the log. */
export const nameOf = (seat: number): string => (seat === 0 ? '' : ` ${seat}`);
