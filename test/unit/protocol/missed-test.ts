// What a member has missed, however much that is (V5, V6): pages, who remembers it for whom, and that nobody misses anything
// without being told.
import assert from 'node:assert/strict';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { NOTHING_SET } from '../../../lib/protocol/parameters/settings.ts';
import { onDecision } from '../../../lib/protocol/rounds/deciding.ts';
import { awaitedOf, newInstance } from '../../../lib/protocol/rounds/instances.ts';
import type { RoundsMessage } from '../../../lib/protocol/rounds/messages.ts';
import { onMissed, onMissedNext } from '../../../lib/protocol/rounds/missed.ts';
import { onPosition } from '../../../lib/protocol/rounds/positions.ts';
import { ENDED_MAX, forgottenBefore, remember, wantedAfter } from '../../../lib/protocol/rounds/remembering.ts';
import { restoredRounds } from '../../../lib/protocol/rounds/restoring.ts';
import { type Ended, initialRounds, type Opening, type RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import { onOpenedWish } from '../../../lib/protocol/rounds/wishes.ts';
import { formed } from '../../model/support/begin.ts';

const EPOCH = 1n << 32n;
const numberOf = (count: number): bigint => EPOCH + BigInt(count);

const openingOf = (count: number, bytes = 0, durable = false): Opening => ({
  ...{ number: numberOf(count), kind: 'commit', leftOut: [3], timeoutMs: 1000, proposal: { node: 1, boot: 1n, counter: count } },
  body: { form: 'three-phase', durable, name: `operation ${count}`, data: new Uint8Array(bytes) },
  participants: [1, 2].map((node) => ({ node, boot: 1n })),
});
const done = (count: number, bytes = 0): Ended => ({
  opening: openingOf(count, bytes),
  outcome: { committed: true, code: 'agreed', reason: '', culprit: 0 },
});
const numbers = (from: number, upTo: number): bigint[] => Array.from({ length: upTo - from + 1 }, (_, index) => numberOf(from + index));

/** Node 1 of three manages; each of its turns is looked at for itself. */
function turnAt(node: number): Turn {
  const model = formed({});
  const state = model.nodes[node - 1]?.state ?? null;
  assert.ok(state !== null);
  return new Turn(copyOf(state), model.nowMs);
}

function does(turn: Turn, from: number, upTo: number, bytes = 0): void {
  for (let count = from; count <= upTo; count++) remember(turn.state.rounds, done(count, bytes), () => wantedAfter(turn));
  turn.state.rounds.applied = numberOf(upTo);
}

function isAway(turn: Turn, node: number, applied: bigint): void {
  const member = turn.state.members.get(node);
  assert.ok(member !== undefined);
  const times = { forMs: 60_000, untilMs: turn.nowMs + 60_000, responseUntilMs: turn.nowMs };
  member.away = { ...times, reason: 'cpu', managed: false, applied, isFirstHand: true };
}

const said = (turn: Turn, to: number): RoundsMessage[] =>
  turn.effects.flatMap((effect) => (effect.type === 'send' && effect.to === to ? [effect.message as RoundsMessage] : []));
const applied = (turn: Turn): bigint[] => turn.effects.flatMap((effect) => (effect.type === 'apply' ? [effect.number] : []));
const told = (turn: Turn, event: string): number =>
  turn.effects.filter((effect) => effect.type === 'publish' && effect.event.event === event).length;

const positionOf = ({ state }: Turn): Extract<RoundsMessage, { kind: 'position' }> => ({
  ...{ kind: 'position', inDoubt: [], decided: [], listening: [], parameters: NOTHING_SET },
  ...{ applied: state.rounds.applied, forgottenUpTo: state.rounds.forgottenUpTo, takesOver: state.rounds.takesOver },
});

/** What a member is told by another, page by page. @returns how many operations each page had */
function catchUp(member: Turn, node: number, teller: Turn, from: number): number[] {
  teller.state.rounds.ready.delete(node);
  const tellings = (): RoundsMessage[] => said(teller, node).filter(({ kind }) => kind === 'missed');
  const pages: number[] = [];
  let read = tellings().length;
  onPosition(teller, node, positionOf(member));
  for (;;) {
    const page = tellings()[read++];
    if (page?.kind !== 'missed') return pages;
    pages.push(page.ended.length);
    const before = said(member, from).length;
    onMissed(member, from, page);
    assert.equal(teller.state.rounds.ready.has(node), !page.more, 'it takes part from its last page on');
    for (const answer of said(member, from).slice(before)) if (answer.kind === 'missedNext') onMissedNext(teller, node, answer);
  }
}

describe('what a member has missed', () => {
  it('comes in order, a page at a time, and what it knows of later ones waits for all of it', () => {
    const [manager, member] = [turnAt(1), turnAt(3)];
    does(manager, 1, 9, 200_000);
    member.state.rounds.applied = numberOf(1);
    member.state.rounds.held = true;
    newInstance(member, openingOf(12), { outcome: done(12).outcome, stage: 'decided' });
    manager.state.rounds.listening = [{ number: numberOf(11), participants: [], sinceMs: 0 }];
    const pages = catchUp(member, 3, manager, 1);
    assert.ok(pages.length > 2 && pages.every((length) => length <= 2), String(pages));
    assert.deepEqual(applied(member), numbers(2, 9), 'the twelfth waits for the eleventh');
    assert.equal(told(member, 'operations-missed'), 0);
  });

  it('takes effect page by page, though nothing later may before the last one', () => {
    const member = turnAt(3);
    Object.assign(member.state.rounds, { applied: numberOf(1), held: true });
    newInstance(member, openingOf(9), { outcome: done(9).outcome, stage: 'decided' });
    const page = { kind: 'missed', after: numberOf(1), since: numberOf(1), undecided: [], applied: numberOf(9), epoch: 1n } as const;
    onMissed(member, 1, { ...page, ended: [done(2), done(3)], more: true });
    assert.deepEqual(applied(member), numbers(2, 3));
    assert.deepEqual(said(member, 1).at(-1), { kind: 'missedNext', after: numberOf(3), epoch: 1n });
    onMissed(member, 1, { ...page, after: numberOf(3), since: numberOf(3), ended: [done(5)], more: false });
    assert.deepEqual(applied(member), [...numbers(2, 3), numberOf(5), numberOf(9)]);
  });

  it('is asked for anew where the manager has another epoch', () => {
    const manager = turnAt(1);
    does(manager, 1, 3);
    manager.state.epoch = 2n;
    onMissedNext(manager, 3, { kind: 'missedNext', after: numberOf(1), epoch: 1n });
    assert.deepEqual(said(manager, 3), []);
  });

  it('is kept for those that are away, and only the newest for those that are not', () => {
    const manager = turnAt(1);
    isAway(manager, 3, numberOf(5));
    does(manager, 1, 3000);
    assert.equal(manager.state.rounds.ended.find(({ opening }) => opening.number > numberOf(5))?.opening.number, numberOf(6));
    const member = turnAt(3);
    member.state.rounds.applied = numberOf(5);
    catchUp(member, 3, manager, 1);
    assert.deepEqual(applied(member), numbers(6, 3000));
    assert.equal(told(member, 'operations-missed'), 0);

    const others = turnAt(1);
    does(others, 1, 3000);
    assert.ok(others.state.rounds.ended.length < 2 * ENDED_MAX);
    const late = turnAt(3);
    late.state.rounds.applied = numberOf(5);
    catchUp(late, 3, others, 1);
    assert.equal(told(late, 'operations-missed'), 1);
    assert.equal(applied(late).at(-1), numberOf(3000));
    catchUp(late, 3, others, 1);
    assert.equal(told(late, 'operations-missed'), 1, 'it is told once');
  });

  it('is kept as far as memory allows, whoever is away; then that is said', () => {
    const rounds = initialRounds();
    const lost: number[] = [];
    for (let count = 1; count <= 400; count++) if (remember(rounds, done(count, 1 << 20), () => numberOf(10))) lost.push(count);
    assert.ok(rounds.endedBytes < 270 * (1 << 20), `${rounds.endedBytes} bytes`);
    assert.equal(lost.length, 1, 'once');
    assert.ok(rounds.forgottenUpTo > numberOf(10));
  });

  it('other protocols that end meanwhile take nothing from it without its being said', () => {
    const manager = turnAt(1);
    does(manager, 1, 600);
    const change = (count: number): Ended => ({ ...done(count), opening: { ...openingOf(count), kind: 'parameters', body: null } });
    for (let count = 601; count <= 1300; count++) remember(manager.state.rounds, change(count));
    const member = turnAt(3);
    member.state.rounds.applied = numberOf(1);
    catchUp(member, 3, manager, 1);
    assert.equal(told(member, 'operations-missed'), 1);
  });
});

describe('who remembers what others will ask for', () => {
  it('is who starts anew, too: the last that has it may be next', () => {
    const [manager, fresh, away] = [turnAt(1), turnAt(2), turnAt(3)];
    does(manager, 1, 900, 2000);
    fresh.state.rounds = initialRounds();
    assert.ok(catchUp(fresh, 2, manager, 1).length > 1);
    assert.deepEqual(applied(fresh), [], 'it came after them');
    assert.equal(fresh.state.rounds.applied, numberOf(900));

    Object.assign(fresh.state, { role: 'manager', seat: 'owned', manager: 2 });
    Object.assign(away.state.rounds, { applied: numberOf(2), held: true });
    away.state.manager = 2;
    catchUp(away, 3, fresh, 2);
    assert.deepEqual(applied(away), numbers(3, 900));
    assert.equal(told(away, 'operations-missed'), 0);
  });

  it('says what it cannot know: what nobody remembers any more was done all the same', () => {
    const [manager, fresh, away] = [turnAt(1), turnAt(2), turnAt(3)];
    does(manager, 4, 9);
    manager.state.rounds.forgottenUpTo = numberOf(3);
    fresh.state.rounds = initialRounds();
    catchUp(fresh, 2, manager, 1);
    Object.assign(fresh.state, { role: 'manager', seat: 'owned', manager: 2 });
    away.state.rounds.applied = numberOf(2);
    catchUp(away, 3, fresh, 2);
    assert.equal(told(away, 'operations-missed'), 1);
    assert.deepEqual(applied(away), numbers(4, 9));
  });

  it('is a new manager, too, which asks whoever has seen more before it opens anything', () => {
    const [manager, member] = [turnAt(1), turnAt(2)];
    does(member, 1, 9);
    manager.state.rounds = { ...initialRounds(), readyEpoch: 1n };
    onPosition(manager, 2, positionOf(member));
    const [own] = said(manager, 2).filter((message) => message.kind === 'position');
    assert.ok(own?.kind === 'position' && own.takesOver && own.applied === 0n);
    onPosition(member, 1, own);
    for (const page of said(member, 1)) if (page.kind === 'missed') onMissed(manager, 2, page);
    assert.deepEqual(
      [manager.state.rounds.applied, manager.state.rounds.ended.length, manager.state.rounds.takesOver],
      [numberOf(9), 9, false],
    );
    assert.deepEqual([applied(manager), told(manager, 'operations-missed'), manager.state.rounds.forgottenUpTo], [[], 0, 0n]);
  });

  it('finds gaps in what its disk says: what was not durable is not on it', () => {
    assert.equal(forgottenBefore(numbers(1, 7)), 0n);
    assert.equal(forgottenBefore(numbers(3, 7)), numberOf(2), 'the first ones of an epoch');
    assert.equal(forgottenBefore([numberOf(1), numberOf(2), numberOf(9)]), numberOf(8));
    assert.equal(forgottenBefore([numberOf(1), 2n * EPOCH + 1n]), 0n, 'an epoch begins anew');
    const record = (count: number): RoundRecord => ({
      ...{ opening: openingOf(count, 0, true), acknowledged: 1, accepted: null },
      outcome: done(count).outcome,
    });
    const rounds = restoredRounds([record(1), record(2), record(5)], null, 1, 0);
    assert.deepEqual([rounds.applied, rounds.forgottenUpTo], [numberOf(5), numberOf(4)]);
  });

  it('answers what somebody is in doubt of long after: it came to nothing, or is missed for good', () => {
    const manager = turnAt(1);
    does(manager, 1, 3000);
    onPosition(manager, 3, { ...positionOf(turnAt(3)), applied: numberOf(1), inDoubt: [{ ...awaitedOf(openingOf(2)), kind: 'commit' }] });
    const decisions = said(manager, 3).flatMap((message) => (message.kind === 'decision' ? [message.ended] : []));
    assert.deepEqual(
      decisions.map(({ opening, outcome }) => [opening.number, outcome.committed]),
      [[numberOf(2), false]],
    );
    assert.equal(said(manager, 3).filter(({ kind }) => kind === 'recover').length, 0);
  });

  // Full disks, seed 5049: it said that these came to nothing, and others had applied them.
  it('does not know how anything ended before it began', () => {
    const fresh = turnAt(2);
    const kept: RoundRecord = { ...done(5), opening: openingOf(5, 0, true), acknowledged: 1, accepted: null };
    fresh.state.rounds = restoredRounds([kept], numberOf(5), 2, 0);
    const doubtful = (count: number) => ({ ...positionOf(turnAt(3)), inDoubt: [{ ...awaitedOf(openingOf(count)), kind: 'commit' }] });
    onPosition(fresh, 3, doubtful(4));
    assert.equal(said(fresh, 3).filter(({ kind }) => kind === 'decision').length, 0);
    does(fresh, 6, 3000);
    onPosition(fresh, 3, doubtful(7));
    assert.equal(said(fresh, 3).filter(({ kind }) => kind === 'decision').length, 1, 'what it has gone past itself it knows');
  });

  it('hears of what it took part in before, as one that takes no part', () => {
    const manager = turnAt(1);
    does(manager, 1, 3);
    newInstance(manager, openingOf(4), { stage: 'awaiting' });
    newInstance(manager, openingOf(5), { outcome: done(5).outcome, stage: 'decided' });
    const tell = (boot: bigint): Extract<RoundsMessage, { kind: 'missed' }> | undefined => {
      Object.assign(manager.state.members.get(2) ?? {}, { boot });
      onPosition(manager, 2, { ...positionOf(turnAt(2)), applied: numberOf(3), takesOver: true });
      return said(manager, 2).findLast((message) => message.kind === 'missed');
    };
    assert.deepEqual(tell(1n)?.undecided, [], 'it goes on with them by itself');
    assert.deepEqual(
      tell(2n)?.undecided.map(({ number }) => number),
      numbers(4, 5),
    );
  });

  // Shared disk, seed 5022: the program was answered only when its time was over.
  it('tries a wish again that a manager says was opened as what has come to nothing here', () => {
    const member = turnAt(2);
    const outcome = { committed: false, code: 'view', reason: 'node 1 is lost', culprit: 1 } as const;
    const { node, boot } = member.state.self;
    const wish = { id: 7, counter: 4, kind: 'commit', body: null, timeoutMs: 1000, sinceMs: member.nowMs } as const;
    const opening = { ...openingOf(4), proposal: { node, boot, counter: wish.counter } };
    remember(member.state.rounds, { opening, outcome });
    member.state.rounds.proposals.set(wish.counter, { ...wish, sentTo: 1, sentEpoch: 1n, number: null });
    onOpenedWish(member, wish.counter, opening.number);
    assert.equal(member.state.rounds.proposals.get(wish.counter)?.number, opening.number);
    onDecision(member, { opening: { ...openingOf(4), kind: 'forgotten' }, outcome });
    const { number, sentTo } = member.state.rounds.proposals.get(wish.counter) ?? {};
    assert.deepEqual([number, sentTo], [null, null]);
  });
});
