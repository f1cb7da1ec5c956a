// Who takes part in new protocols, and what is told to whom has been away: nothing is opened before those that are here have
// said where they stand (V6).
import assert from 'node:assert/strict';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { awaitedOf, newInstance, outcomeOf } from '../../../lib/protocol/rounds/instances.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { NOTHING_SET } from '../../../lib/protocol/parameters/settings.ts';
import type { RoundsMessage } from '../../../lib/protocol/rounds/messages.ts';
import {
  hasQuorum,
  isOfThePast,
  mayOpen,
  onPosition,
  pledge,
  positionsDueMs,
  readyNodes,
  tellPosition,
} from '../../../lib/protocol/rounds/positions.ts';
import { onDecision } from '../../../lib/protocol/rounds/deciding.ts';
import { onMissed } from '../../../lib/protocol/rounds/missed.ts';
import { remember } from '../../../lib/protocol/rounds/remembering.ts';
import { onOpen } from '../../../lib/protocol/rounds/running.ts';
import type { Awaited, Ended, Known, Opening } from '../../../lib/protocol/rounds/state.ts';
import { formed } from '../../model/support/begin.ts';

const EPOCH = 1n << 32n;

const openingOf = (number: bigint): Opening => ({
  ...{ number, kind: 'commit', leftOut: [3], timeoutMs: 1000, proposal: { node: 1, boot: 1n, counter: Number(number - EPOCH) } },
  body: { form: 'three-phase', durable: false, name: `operation ${number - EPOCH}`, data: null },
  participants: [1, 2].map((node) => ({ node, boot: 1n })),
});
const knownOf = (number: bigint): Known => ({ ...awaitedOf(openingOf(number)), kind: 'commit' });
const ended = (number: bigint): Ended => ({
  opening: openingOf(number),
  outcome: { committed: true, code: 'agreed', reason: '', culprit: 0 },
});

describe('protocol: positions', () => {
  /** Of a formed cluster: node 1 manages. */
  const turnAt = (node: number): Turn => {
    const model = formed({});
    const state = model.nodes[node - 1]?.state ?? null;
    assert.ok(state !== null);
    return new Turn(copyOf(state), model.nowMs);
  };
  const position = (changes: Partial<Extract<RoundsMessage, { kind: 'position' }>> = {}): Extract<RoundsMessage, { kind: 'position' }> => ({
    ...{
      kind: 'position',
      applied: 1n,
      forgottenUpTo: 0n,
      takesOver: false,
      inDoubt: [],
      decided: [],
      listening: [],
      parameters: NOTHING_SET,
    },
    ...changes,
  });
  const sentTo = (turn: Turn, node: number): RoundsMessage[] =>
    turn.effects.flatMap((effect) => (effect.type === 'send' && effect.to === node ? [effect.message as RoundsMessage] : []));

  it('counts members that have said where they stand, in this epoch and this start', () => {
    const turn = turnAt(1);
    assert.deepEqual(readyNodes(turn), [
      { node: 2, boot: 1n },
      { node: 3, boot: 1n },
    ]);
    turn.state.rounds.ready.set(3, 9n);
    assert.deepEqual(readyNodes(turn), [{ node: 2, boot: 1n }]);
    turn.state.rounds.readyEpoch = 0n;
    assert.deepEqual(readyNodes(turn), []);
  });

  it('opens nothing without the seat, without a majority, or while somebody who is here may still say it', () => {
    const turn = turnAt(1);
    assert.ok(mayOpen(turn));
    turn.state.rounds.ready.delete(3);
    const dueMs = positionsDueMs(turn);
    assert.ok(dueMs > 0);
    assert.ok(!mayOpen(new Turn(turn.state, dueMs - 1)));
    assert.ok(mayOpen(new Turn(turn.state, dueMs)), 'two of three are a majority');
    turn.state.rounds.ready.delete(2);
    assert.ok(!mayOpen(new Turn(turn.state, dueMs + 10_000)));
    const lapsed = turnAt(1);
    lapsed.state.seat = 'lapsed';
    assert.ok(!mayOpen(lapsed));
  });

  it('refuses what a manager of the past opens, once it has told a later one where it stands', () => {
    const turn = turnAt(2);
    assert.deepEqual(turn.state.rounds.pledged, { node: 1, epoch: 1n });
    const opening = { ...openingOf(EPOCH + 70n), leftOut: [], proposal: { node: 1, boot: 1n, counter: 70 } };
    onOpen(turn, 1, opening);
    assert.equal(turn.state.rounds.instances.get(EPOCH + 70n)?.acks.has(2), false, 'its program is asked');

    const later = turnAt(2);
    pledge(later, 3, 2n);
    onOpen(later, 1, opening); // which it follows again, since two clusters have met
    const acks = sentTo(later, 1).filter((message) => message.kind === 'ack');
    assert.deepEqual(
      acks.map(({ ok, reason }) => [ok, reason]),
      [[false, 'a manager of the past has opened it']],
    );
    assert.equal(outcomeOf(later, opening.number)?.outcome.code, 'view', 'whoever wanted it tries again');
  });

  it('goes on with a manager that raises its epoch in place, and forgets nothing for a manager of the past', () => {
    const turn = turnAt(2);
    pledge(turn, 1, 5n);
    assert.ok(!isOfThePast(turn, EPOCH + 1n), 'opened before, by the same one');
    pledge(turn, 3, 6n);
    assert.ok(isOfThePast(turn, 5n * EPOCH + 1n));
    pledge(turn, 1, 5n);
    assert.ok(isOfThePast(turn, 5n * EPOCH + 1n), 'there was another one between');
    pledge(turn, 1, 7n);
    assert.ok(isOfThePast(turn, 6n * EPOCH + 9n));
    assert.ok(!isOfThePast(turn, 7n * EPOCH + 1n));
  });

  it('counts voters only, and a witness that renews the lease', () => {
    const turn = turnAt(1);
    assert.deepEqual([hasQuorum(turn, [1, 2]), hasQuorum(turn, [1]), hasQuorum(turn, [1, 9])], [true, false, false]);
    turn.state.config = { ...turn.state.config, witness: 3 };
    assert.ok(hasQuorum(turn, [1]));
    turn.state.seat = 'lapsed';
    assert.ok(!hasQuorum(turn, [1]));
  });

  it('tells a member what it has missed, in order, and what it must wait for', () => {
    const turn = turnAt(1);
    for (const number of [1n, 2n, 3n]) remember(turn.state.rounds, ended(EPOCH + number));
    turn.state.rounds.applied = EPOCH + 3n;
    turn.state.rounds.listening = [{ number: EPOCH + 4n, participants: [], sinceMs: 0 }];
    onPosition(turn, 3, position({ applied: EPOCH + 1n }));
    const missed = sentTo(turn, 3).find((message) => message.kind === 'missed');
    assert.ok(missed?.kind === 'missed');
    assert.deepEqual(
      missed.ended.map(({ opening }) => opening.number),
      [EPOCH + 2n, EPOCH + 3n],
    );
    assert.deepEqual([missed.undecided, missed.applied, missed.more], [[{ number: EPOCH + 4n, participants: [] }], EPOCH + 3n, false]);
    assert.equal(missed.since, EPOCH + 1n, 'nothing is missing');
  });

  it('asks a member that has seen more, and applies nothing before it has answered', () => {
    const turn = turnAt(1);
    turn.state.rounds.applied = EPOCH + 1n;
    onPosition(turn, 2, position({ applied: EPOCH + 3n }));
    assert.equal(turn.state.rounds.behind, 2);
    assert.ok(sentTo(turn, 2).some(({ kind }) => kind === 'position'));
    onMissed(turn, 2, {
      ...{ kind: 'missed', after: EPOCH + 1n, since: EPOCH + 1n, undecided: [], more: false, epoch: 1n },
      ended: [ended(EPOCH + 2n), ended(EPOCH + 3n)],
      applied: EPOCH + 3n,
    });
    const applied = turn.effects.flatMap((effect) => (effect.type === 'apply' ? [effect.number] : []));
    assert.deepEqual([turn.state.rounds.behind, applied], [null, [EPOCH + 2n, EPOCH + 3n]]);
  });

  it('tells the outcome of what a member is in doubt of, and takes up what it has never heard of', () => {
    const turn = turnAt(1);
    remember(turn.state.rounds, ended(EPOCH + 1n));
    onPosition(turn, 2, position({ inDoubt: [knownOf(EPOCH + 1n), knownOf(EPOCH + 2n)] }));
    const told = sentTo(turn, 2).flatMap((message) => (message.kind === 'decision' ? [message.ended.opening.number] : []));
    assert.deepEqual(told, [EPOCH + 1n]);
    assert.deepEqual(turn.state.rounds.listening.map(awaitedOf), [awaitedOf(openingOf(EPOCH + 2n))], 'nothing later takes effect');
    assert.equal(sentTo(turn, 2).filter((message) => message.kind === 'recover' && message.number === EPOCH + 2n).length, 1);
  });

  it('recovers at once what an earlier manager opened and a participant has not heard of, and nothing that it has done', () => {
    const recovered = (applied: bigint, epoch = 2n): number => {
      const turn = turnAt(1);
      newInstance(turn, openingOf(EPOCH + 5n), { begun: true });
      turn.state.epoch = epoch;
      onPosition(turn, 2, position({ applied }));
      return sentTo(turn, 2).filter(({ kind }) => kind === 'recover').length;
    };
    assert.deepEqual([recovered(EPOCH + 4n), recovered(EPOCH + 5n)], [1, 0]);
    assert.equal(recovered(EPOCH + 4n, 1n), 0, 'the opening of this manager itself is on its way');
  });

  it('recovers at once what a participant has promised an earlier manager not to go on with, and says so of itself', () => {
    const opening = openingOf(EPOCH + 5n);
    const recovered = (listening: readonly Awaited[]): number => {
      const turn = turnAt(1);
      newInstance(turn, opening, { begun: true });
      turn.state.epoch = 2n;
      onPosition(turn, 2, position({ inDoubt: [knownOf(opening.number)], listening }));
      return sentTo(turn, 2).filter(({ kind }) => kind === 'recover').length;
    };
    const awaited = { number: opening.number, participants: opening.participants };
    assert.deepEqual([recovered([]), recovered([awaited])], [0, 1]);

    const told = (ballot: bigint): readonly Awaited[] => {
      const turn = turnAt(2);
      newInstance(turn, opening, { begun: true, ballot });
      turn.state.rounds.positionEpoch = 0n;
      tellPosition(turn);
      const said = sentTo(turn, 1).find(({ kind }) => kind === 'position');
      assert.ok(said?.kind === 'position' && said.inDoubt.length === 1);
      return said.listening;
    };
    assert.deepEqual([told(0n), told(EPOCH)], [[], [awaited]]);
  });

  it('says so where operations are gone for good, and lets no later one overtake what it must wait for', () => {
    const turn = turnAt(3);
    turn.state.rounds.applied = EPOCH + 1n;
    onMissed(turn, 1, {
      ...{ kind: 'missed', after: EPOCH + 1n, since: EPOCH + 3n, more: false, epoch: 1n },
      ended: [ended(EPOCH + 5n)],
      undecided: [{ number: EPOCH + 4n, participants: [] }],
      applied: EPOCH + 5n,
    });
    assert.ok(turn.effects.some((effect) => effect.type === 'publish' && effect.event.event === 'operations-missed'));
    assert.ok(!turn.effects.some(({ type }) => type === 'apply'));
    onDecision(turn, ended(EPOCH + 4n));
    const applied = turn.effects.flatMap((effect) => (effect.type === 'apply' ? [effect.number] : []));
    assert.deepEqual(applied, [EPOCH + 4n, EPOCH + 5n]);
  });
});
