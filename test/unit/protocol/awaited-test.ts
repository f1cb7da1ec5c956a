// Who is awaited, and for what, where no ACK round says so: wishes, outcomes, votes (Q1 to Q3, X5).
import assert from 'node:assert/strict';
import { copyOf, type NodeState } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { change, listenTo, newInstance } from '../../../lib/protocol/rounds/instances.ts';
import { conclude } from '../../../lib/protocol/rounds/deciding.ts';
import { onPosition } from '../../../lib/protocol/rounds/positions.ts';
import { progressOf, type ProtocolProgress } from '../../../lib/protocol/rounds/progress.ts';
import { onAck } from '../../../lib/protocol/rounds/running.ts';
import { accept, onRecover } from '../../../lib/protocol/rounds/standing.ts';
import type { Ack, Opening, Recovery } from '../../../lib/protocol/rounds/state.ts';
import { wish } from '../../../lib/protocol/rounds/wishes.ts';
import { NOTHING_SET } from '../../../lib/protocol/parameters/settings.ts';
import { waitingOf } from '../../../lib/protocol/waiting.ts';
import { formed } from '../../model/support/begin.ts';

const EPOCH = 1n << 32n;
const NUMBER = EPOCH + 7n;
const AGREED = { committed: true, code: 'agreed', reason: '', culprit: 0 } as const;

const openingOf = (number: bigint, form: 'two-phase' | 'three-phase' = 'three-phase', proposer = 1): Opening => ({
  ...{ number, kind: 'commit', leftOut: [], timeoutMs: 1000, proposal: { node: proposer, boot: 1n, counter: 900 } },
  body: { form, durable: false, name: 'operation', data: null },
  participants: [1, 2, 3].map((node) => ({ node, boot: 1n })),
});
const yes = (round: number): Ack => ({ round, ok: true, reason: '', payload: null, atMs: 1 });

describe('protocol: who is awaited', () => {
  /** Of a formed cluster: node 1 manages, node 2 is the standby. */
  const turnAt = (node: number): Turn => {
    const model = formed({});
    const state = model.nodes[node - 1]?.state ?? null;
    assert.ok(state !== null);
    return new Turn(copyOf(state), model.nowMs);
  };
  const shown = ({ state, nowMs }: Turn): ProtocolProgress => {
    const [protocol] = progressOf(state, nowMs).protocols;
    assert.ok(protocol !== undefined);
    return protocol;
  };
  const awaitedIn = ({ members }: ProtocolProgress): number[] => members.filter(({ awaited }) => awaited).map(({ node }) => node);
  const waits = (state: NodeState): [string, readonly number[], number][] =>
    waitingOf(state).map(({ what, nodes, sinceMs }) => [what, nodes, sinceMs]);

  it('a wish that is not opened: the manager, and nobody at the manager itself', () => {
    for (const [node, nodes] of [
      [3, [1]],
      [1, []],
    ] as const) {
      const turn = turnAt(node);
      wish(turn, 5, 'commit', openingOf(NUMBER).body, 1000);
      assert.deepEqual(progressOf(turn.state, turn.nowMs).notOpened, [{ kind: 'commit', nodes, sinceMs: turn.nowMs }]);
    }
  });

  it('the votes to succeed the manager: of those that are heard, or of all where they are too few', () => {
    const { state } = turnAt(2);
    state.managerDownMs = 5;
    const member = state.members.get(3);
    assert.ok(member !== undefined);
    member.alive = true;
    assert.deepEqual(waits(state), [['the votes to succeed the manager', [3], 5]]);
    member.alive = false;
    assert.deepEqual(waits(state), [['the votes to succeed the manager', [1, 3], 5]]);
  });

  it('the outcome that it was told to wait for: of the manager, or of those that took part; until it is known', () => {
    const turn = turnAt(3);
    const { nowMs, state } = turn;
    listenTo(turn, [{ number: NUMBER, participants: [1, 2].map((node) => ({ node, boot: 1n })) }]);
    assert.deepEqual(waits(state), [['the outcome of 1.7', [1], nowMs]]);
    state.manager = null;
    assert.deepEqual(waits(state).at(-1), ['the outcome of 1.7', [1, 2], nowMs]);
    const settled = newInstance(turn, openingOf(NUMBER), { stage: 'recovering' });
    assert.deepEqual(
      waits(state).filter(([what]) => what.startsWith('the outcome')),
      [],
      'it has a line of its own',
    );
    conclude(turn, settled, AGREED, []);
    assert.deepEqual(state.rounds.listening, [], 'and holds up nothing any more');
  });

  it('what a manager has missed, or waits for before it opens anything', () => {
    const turn = turnAt(1);
    turn.state.rounds.applied = EPOCH + 1n;
    const nothing = { forgottenUpTo: 0n, takesOver: false, inDoubt: [], decided: [], listening: [], parameters: NOTHING_SET };
    const position = { ...nothing, kind: 'position', applied: EPOCH + 3n } as const;
    onPosition(turn, 2, position);
    assert.deepEqual(waits(turn.state), [['the operations that were missed', [2], turn.nowMs]]);
    const opens = turnAt(1);
    opens.state.rounds.ready.delete(3);
    const proposal = { node: 2, boot: 1n, counter: 1 };
    opens.state.rounds.queued = [{ proposal, kind: 'commit', body: null, timeoutMs: 1000, sinceMs: 3 }];
    assert.deepEqual(waits(opens.state), [['the positions of members that are new', [3], 3]]);
  });

  it('what a manager looks for that nobody here knows: who is to say where it stands, who is to write, who is lost', () => {
    const { state } = turnAt(1);
    const base = {
      number: NUMBER,
      participants: [2, 3].map((node) => ({ node, boot: 1n })),
      ballot: 9n,
      sinceMs: 4,
      choice: null,
    } as const;
    const why = { code: 'view', reason: '', culprit: 0 } as const;
    const standing = { opening: null, acknowledged: 0, agreed: [], refused: [], accepted: null, outcome: null };
    const recovery: Recovery = { ...base, why, stage: 'asking', asked: [2], standings: new Map(), settled: [] };
    const told = (changes: Partial<Recovery>): [string, readonly number[], number] | undefined => {
      state.rounds.recoveries = new Map([[NUMBER, { ...recovery, ...changes }]]);
      return waits(state)[0];
    };
    assert.deepEqual(told({}), ['the outcome of 1.7: the members to say where they stand', [2], 4]);
    assert.deepEqual(told({ stage: 'settling' }), ['the outcome of 1.7: a majority to write the outcome down', [2], 4]);
    const standings = new Map([[2, standing]]);
    const unwritten = told({ stage: 'blocked', standings, choice: AGREED });
    assert.deepEqual(unwritten?.slice(0, 2), ['the outcome of 1.7: a majority to write the outcome down', [2]], 'a disk refused it');
    assert.deepEqual(told({ stage: 'blocked', standings }), ['the outcome of 1.7: those that may know the outcome to be here', [3], 4]);
  });

  it('two phases, and all votes are here: the proposer', () => {
    const turn = turnAt(3);
    const acks = new Map([1, 2, 3].map((node) => [node, [yes(0)]] as const));
    newInstance(turn, openingOf(NUMBER, 'two-phase'), { stage: 'awaiting', acks: new Map(acks), begun: true });
    assert.deepEqual([shown(turn).waitsFor, awaitedIn(shown(turn))], ['the proposer to decide', [1]]);
  });

  it('a protocol that a manager recovers: the manager, though it takes no part; and nobody once it is decided', () => {
    const turn = turnAt(3);
    const opening = { ...openingOf(NUMBER, 'three-phase', 2), participants: [2, 3].map((node) => ({ node, boot: 1n })) };
    const instance = newInstance(turn, opening, { stage: 'awaiting', acks: new Map([[3, [yes(0)]]]), begun: true });
    assert.deepEqual(awaitedIn(shown(turn)), [2]);
    onRecover(turn, 1, { kind: 'recover', number: NUMBER, ballot: EPOCH });
    assert.deepEqual([shown(turn).waitsFor, awaitedIn(shown(turn))], ['the manager to find the outcome', [1]]);
    change(instance, { outcome: AGREED, stage: 'decided' });
    accept(turn, 1, EPOCH + 1n, opening, AGREED);
    assert.deepEqual([shown(turn).waitsFor, awaitedIn(shown(turn))], ['its turn in the order', []], 'it knows the outcome');
  });

  it('the last ACK of a member is the one that came last, though an earlier one is noted later', () => {
    const turn = turnAt(3);
    turn.state.rounds.lastAcks.set(1, { number: NUMBER, kind: 'commit', round: 0, ok: true, atMs: turn.nowMs + 5 });
    newInstance(turn, openingOf(NUMBER + 1n), { begun: true });
    onAck(turn, 1, { kind: 'ack', number: NUMBER + 1n, round: 0, ok: true, reason: '', payload: null });
    assert.equal(progressOf(turn.state, turn.nowMs).lastAcks.find(({ node }) => node === 1)?.protocol, '1.7');
  });
});
