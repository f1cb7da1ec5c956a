// What has ended, kept for those that missed it: the newest for everybody, and all that a member which is away will ask for
// when it is back (V5, V6), as far as memory allows. What is gone is known, so that nobody misses anything without being told.
import type { Turn } from '../membership/turn.ts';
import { type Ended, epochOf, type ForOthers, type ProposalId, type ProtocolNumber, type RoundsState } from './state.ts';
import { encodedBytesMax } from './weight.ts';

/** So many ended protocols are remembered at least, and a few more: they are forgotten by the dozen. */
export const ENDED_MAX = 1024;
const FORGOTTEN_AT_ONCE = 64;
/** However long they are: more than run at a time, since who has wished one may ask again. */
const ENDED_MIN = 192;
const MIB = 1 << 20;
const BYTES_MAX = 64 * MIB;
/** While somebody is away. */
const BYTES_MAX_FOR_ABSENTEES = 256 * MIB;
/** Of an opening and its outcome, besides what it is about. */
const RECORD_BYTES = 700;

const bytesOf = ({ opening }: Ended): number => RECORD_BYTES + encodedBytesMax(opening.body);

/**
 * @param wantedAfter the newest operation that all have that are away: later ones are kept for them; null: nobody is
 * @returns whether something is gone now that one of them will want
 */
export function remember(rounds: RoundsState, ended: Ended, wantedAfter: () => ProtocolNumber | null = () => null): boolean {
  const { number, proposal } = ended.opening;
  rounds.ended.push(shared(ended, rounds.ended.at(-1)));
  rounds.endedBytes += bytesOf(ended);
  if (number > rounds.endedUpTo) rounds.endedUpTo = number;
  if (isNewer(proposal, rounds.endedWishes.get(proposal.node))) rounds.endedWishes.set(proposal.node, proposal);
  const isFull = rounds.ended.length >= ENDED_MAX + FORGOTTEN_AT_ONCE || rounds.endedBytes > BYTES_MAX;
  return isFull && forget(rounds, wantedAfter());
}

/** Whoever takes part changes seldom: thousands need not each have a list of their own. */
function shared(ended: Ended, before: Ended | undefined): Ended {
  if (before === undefined) return ended;
  const { participants } = before.opening;
  const own = ended.opening.participants;
  const isSame =
    participants.length === own.length && participants.every(({ node, boot }, at) => node === own[at]?.node && boot === own[at].boot);
  return isSame ? { ...ended, opening: { ...ended.opening, participants } } : ended;
}

function forget(rounds: RoundsState, wantedAfter: ProtocolNumber | null): boolean {
  const { ended } = rounds;
  const before = rounds.forgottenUpTo;
  let count = 0;
  for (const each of ended) {
    const left = ended.length - count;
    const isWanted = wantedAfter !== null && each.opening.number > wantedAfter;
    const isTooMuch = rounds.endedBytes > (isWanted ? BYTES_MAX_FOR_ABSENTEES : BYTES_MAX);
    if (left <= ENDED_MIN || !(isTooMuch || (left > ENDED_MAX && !isWanted))) break;
    rounds.endedBytes -= bytesOf(each);
    if (isOperation(each) && each.opening.number > rounds.forgottenUpTo) rounds.forgottenUpTo = each.opening.number;
    count += 1;
  }
  ended.splice(0, count);
  return wantedAfter !== null && before <= wantedAfter && rounds.forgottenUpTo > wantedAfter;
}

/** One that took effect. They have ended in the order of their numbers. */
export function isOperation({ opening, outcome }: Ended): boolean {
  return opening.kind === 'commit' && outcome.committed;
}

export function isNewer({ boot, counter }: ProposalId, than: ProposalId | undefined): boolean {
  return than === undefined || boot > than.boot || (boot === than.boot && counter > than.counter);
}

/** What all that are away have done; null: nobody is away. */
export function wantedAfter(turn: Turn): ProtocolNumber | null {
  let number: ProtocolNumber | null = null;
  for (const { phase, away } of turn.state.members.values())
    if (phase === 'active' && away !== null && (number === null || away.applied < number)) number = away.applied;
  return number;
}

/**
 * A new start: what its disk has is not all that was done, if the numbers of an epoch, which begin with 1, have gaps.
 * @param numbers of all that its disk knows, in their order
 */
export function forgottenBefore(numbers: readonly ProtocolNumber[]): ProtocolNumber {
  let forgotten = 0n;
  let before: ProtocolNumber = 0n;
  for (const number of numbers) {
    const last = epochOf(before) === epochOf(number) ? before : epochOf(number) << 32n;
    if (number > last + 1n) forgotten = number - 1n;
    before = number;
  }
  return forgotten;
}

/** For others alone: this node has done it, in an earlier start, or came after it. */
export function rememberForOthers(rounds: RoundsState, { since, ended }: ForOthers): void {
  rounds.forOthers = null;
  if (since < rounds.forgottenUpTo) rounds.forgottenUpTo = since;
  if (ended.length === 0) return;
  const kept = new Set(ended.map(({ opening }) => opening.number));
  rounds.ended = [...ended, ...rounds.ended.filter(({ opening }) => !kept.has(opening.number))];
  rounds.endedBytes = rounds.ended.reduce((sum, each) => sum + bytesOf(each), 0);
}
