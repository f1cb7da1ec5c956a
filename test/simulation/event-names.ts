// Names that the engine gives to its news, in the protocol's words.
import type { Ended, Opening } from '../../lib/protocol/rounds/state.ts';
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
