// C2, C4: electing a manager where there is none. Every node reasons from the announcements it has heard; the one that
// comes first by C4 proposes itself for the next epoch; the others, by the same logic, cast their ballot for it by
// installing orders that name it. With ballots of a majority it *stands*: its engine collects the votes.
import { candidateOf, inManagerOrder } from './choose.ts';
import { install, newOrdersId } from './install.ts';
import { ballotsNeeded, quorumOf } from '../quorum.ts';
import { answer, openRound } from '../rounds/round.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { NodeId } from '../types.ts';
import { freshManager, freshSeekers } from '../membership/discovery.ts';
import type { Message } from '../membership/messages.ts';
import type { Member } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';

/** Who should manage, of ourselves and these nodes. */
function best(turn: Turn, seekers: readonly Member[]): NodeId | null {
  const { self } = turn.state;
  const own = self.mayManage && !self.bridged && turn.isVoter(self.node) ? [candidateOf(self)] : [];
  const others = seekers.filter((member) => turn.maySucceed(member)).map((member) => candidateOf(member.description));
  return inManagerOrder([...own, ...others])[0]?.node ?? null;
}

/** The unmanaged period is over, or another attempt is due. */
export function electionDue(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.role !== 'unmanaged' || nowMs < state.electionAtMs) return;
  state.electionAtMs = nowMs + state.config.unmanagedPeriodMs;
  state.ballots = null;
  if (state.joining !== null || freshManager(turn) !== null) return; // it finds a manager: it joins that one
  const seekers = freshSeekers(turn);
  if (best(turn, seekers) !== state.self.node) return;
  propose(
    turn,
    seekers.map((member) => member.node),
  );
}

/** Proposes ourselves for the next epoch; also a manager whose lease restarted voters refuse to renew. */
export function propose(turn: Turn, nodes: readonly NodeId[]): void {
  const { state, nowMs } = turn;
  const voters = nodes.filter((node) => turn.isVoter(node));
  const own = turn.isVoter(state.self.node) ? [state.self.node] : [];
  if (voters.length + own.length < quorumOf(state.config)) return; // below a majority nobody is elected
  const epoch = state.promisedEpoch + 1n;
  const ordersId = newOrdersId(turn, epoch);
  state.ballots = { epoch, ordersId, round: openRound(`ballots for epoch ${epoch}`, [...voters, ...own], nowMs), standing: false };
  for (const node of voters) turn.send(node, { kind: 'propose', epoch, ordersId });
  const baseEpoch = epoch - 1n;
  if (own.length > 0) install(turn, { kind: 'ballot', from: state.self.node, ordersId, baseEpoch, chain: [state.self.node] });
  standIfBacked(turn);
}

/** At a voter: cast, or say why not. */
export function onPropose(turn: Turn, from: NodeId, { epoch, ordersId }: Extract<Message, { kind: 'propose' }>): void {
  const { state } = turn;
  const reason = refusal(turn, from, epoch);
  if (reason !== null) {
    const { promisedEpoch: promised, installedOrdersId: newestId } = state;
    turn.send(from, { kind: 'ballot', epoch, ok: false, promised, newestId, reason });
    return;
  }
  turn.raisePromised(epoch - 1n);
  install(turn, { kind: 'ballot', from, ordersId, baseEpoch: epoch - 1n, chain: [from] });
}

function refusal(turn: Turn, from: NodeId, epoch: bigint): string | null {
  const { state } = turn;
  if (!turn.isVoter(state.self.node) || state.role === 'offline') return 'not a voter';
  if (state.role === 'manager') return 'managing';
  const follows = state.role !== 'unmanaged' && state.manager === from;
  if (state.role !== 'unmanaged' && !follows) return 'managed';
  if (epoch <= state.promisedEpoch) return 'old epoch';
  if (follows) return null;
  if (freshManager(turn)?.manages?.quorate === true) return 'there is a manager';
  const candidate = state.members.get(from);
  return candidate !== undefined && best(turn, [...freshSeekers(turn), candidate]) === from ? null : 'another is preferred';
}

/** At the candidate. */
export function onBallot(turn: Turn, from: NodeId, ballot: Extract<Message, { kind: 'ballot' }>): void {
  const { state } = turn;
  turn.raisePromised(ballot.ok ? ballot.epoch - 1n : ballot.promised);
  if (ballot.newestId > state.newestOrdersId) state.newestOrdersId = ballot.newestId;
  if (state.ballots?.epoch !== ballot.epoch) return;
  state.ballots = { ...state.ballots, round: answer(state.ballots.round, from, ballot.ok) };
  standIfBacked(turn);
}

export function standIfBacked(turn: Turn): void {
  const { state } = turn;
  const { ballots } = state;
  if (ballots === null || ballots.standing) return;
  const { yes, no, awaited } = ballots.round;
  if (yes.length < ballotsNeeded(state.config, yes.length + no.length + awaited.length)) return;
  if (turn.isVoter(state.self.node) && !yes.includes(state.self.node)) return;
  state.ballots = { ...ballots, standing: true };
  turn.do({ type: 'stand', seat: MANAGER_SEAT });
}
