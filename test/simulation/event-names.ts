// Names that the engine gives to its news, in the protocol's words.
import type { SeatNews } from '../../lib/protocol/types.ts';

export const ANSWERS: readonly string[] = ['', 'yes', 'held', 'epoch_old', 'orders', 'voters', 'quiet', 'reserve', 'unfit'];
export const SEAT_NEWS: Readonly<Record<string, SeatNews>> = {
  seat_acquired: 'acquired',
  seat_open: 'open',
  seat_lapsed: 'lapsed',
  seat_regained: 'regained',
  seat_released: 'released',
  seat_failed: 'failed',
  seat_closed: 'closed',
};
