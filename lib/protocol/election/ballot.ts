// C2, C4: electing a manager where there is none. Every node reasons from the announcements it has heard; the one that
// comes first by C4 proposes itself for the next epoch; the others, by the same logic, cast their ballot for it by
// installing orders that name it. With ballots of a majority it *stands*: its engine collects the votes.
import { candidateOf, inManagerOrder } from './choose.ts';
import { install } from './orders.ts';
import { quorumOf } from '../quorum.ts';
import { answer, openRound } from '../rounds/round.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId } from '../types.ts';
import { freshManager, freshSeekers } from '../membership/discovery.ts';
import type { Member } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';

function isVoter(turn: Turn, node: NodeId): boolean {
  return turn.state.config.voters.includes(node);
}

/** Who should manage, of ourselves and these nodes. */
function best(turn: Turn, seekers: readonly Member[]): NodeId | null {
  const { self } = turn.state;
  const able = [...seekers.map((member) => member.description), ...(self.mayManage ? [self] : [])].filter(
    (each) => each.mayManage && !each.bridged && isVoter(turn, each.node),
  );
  return inManagerOrder(able.map((each) => candidateOf(each)))[0]?.node ?? null;
}

/** The unmanaged period is over, or another attempt is due. */
export function electionDue(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.role !== 'unmanaged' || nowMs < state.electionAtMs) return;
  state.electionAtMs = nowMs + state.config.unmanagedPeriodMs;
  state.ballots = null;
  if (state.joining !== null || freshManager(turn) !== null) return; // it finds a manager: it joins that one
  const seekers = freshSeekers(turn);
  if (best(turn, seekers) === state.self.node)
    propose(
      turn,
      seekers.map((member) => member.node),
    );
}

/** Proposes ourselves for the next epoch; also a manager whose lease restarted voters refuse to renew. */
export function propose(turn: Turn, nodes: readonly NodeId[]): void {
  const { state, nowMs } = turn;
  const voters = nodes.filter((node) => isVoter(turn, node));
  const own = isVoter(turn, state.self.node) ? [state.self.node] : [];
  if (voters.length + own.length < quorumOf(state.config)) return; // below a majority nobody is elected
  const epoch = state.promisedEpoch + 1n;
  state.ordersCount++;
  const ordersId = (epoch << 16n) + state.ordersCount;
  state.ballots = { epoch, ordersId, round: openRound(`ballots for epoch ${epoch}`, [...voters, ...own], nowMs), standing: false };
  for (const node of voters) {
    turn.peer(node, true, state.role === 'manager');
    turn.send(node, { kind: 'propose', epoch, ordersId });
  }
  if (own.length > 0) install(turn, 'ballot', state.self.node, ordersId, epoch - 1n, [state.self.node]);
  standIfBacked(turn);
}

/** At a voter: cast, or say why not. */
export function onPropose(turn: Turn, from: NodeId, epoch: Epoch, ordersId: bigint): void {
  const { state } = turn;
  const refuse = (reason: string): void => turn.send(from, { kind: 'ballot', epoch, ok: false, promised: state.promisedEpoch, reason });
  if (!isVoter(turn, state.self.node) || state.role === 'offline') return refuse('not a voter');
  if (state.role === 'manager') return refuse('managing');
  const follows = state.role !== 'unmanaged' && state.manager === from;
  if (state.role !== 'unmanaged' && !follows) return refuse('managed');
  if (epoch <= state.promisedEpoch) return refuse('old epoch');
  const candidate = state.members.get(from);
  if (!follows && (candidate === undefined || best(turn, [...freshSeekers(turn), candidate]) !== from))
    return refuse('another is preferred');
  turn.raisePromised(epoch - 1n);
  install(turn, 'ballot', from, ordersId, epoch - 1n, [from]);
}

/** At the candidate. */
export function onBallot(turn: Turn, from: NodeId, epoch: Epoch, ok: boolean, promised: Epoch): void {
  const { state } = turn;
  turn.raisePromised(ok ? epoch - 1n : promised);
  if (state.ballots?.epoch !== epoch) return;
  state.ballots = { ...state.ballots, round: answer(state.ballots.round, from, ok) };
  standIfBacked(turn);
}

export function standIfBacked(turn: Turn): void {
  const { state } = turn;
  const { ballots } = state;
  if (ballots === null || ballots.standing || ballots.round.yes.length < quorumOf(state.config)) return;
  if (isVoter(turn, state.self.node) && !ballots.round.yes.includes(state.self.node)) return;
  state.ballots = { ...ballots, standing: true };
  turn.do({ type: 'stand', seat: MANAGER_SEAT });
}
