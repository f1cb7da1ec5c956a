// What a node waits for, from whom, and since when: the answer to "why does nothing happen?" (X5).
import { absenceStages } from './inactivity/absence.ts';
import { freshManager, freshSeekers } from './membership/discovery.ts';
import { stages } from './membership/pending.ts';
import type { NodeState } from './membership/state.ts';
import { quorumOf } from './quorum.ts';
import { waitingForGroups } from './resources/waiting.ts';
import type { Round } from './rounds/round.ts';
import { waitingForOutcomes } from './rounds/waiting.ts';
import type { NodeId } from './types.ts';

export interface Waiting {
  readonly what: string;
  readonly nodes: readonly NodeId[];
  readonly sinceMs: number;
}

export function waitingOf(state: NodeState): Waiting[] {
  const elsewhere = [...forManager(state), ...waitingForGroups(state), ...forPeople(state)];
  return [...forAbsence(state), ...forRounds(state), ...waitingForOutcomes(state), ...forMembers(state), ...elsewhere];
}

function forAbsence({ absence }: NodeState): Waiting[] {
  if (absence === null) return [];
  const { stage, sinceMs, awaited } = absence;
  return [{ what: absenceStages[stage], nodes: stage === 'telling' ? awaited : [], sinceMs }];
}

function forRounds(state: NodeState): Waiting[] {
  const rounds: (Round | undefined)[] = [state.orders?.round, state.ballots?.round];
  return rounds
    .filter((round) => round !== undefined)
    .filter((round) => round.awaited.length > 0)
    .map((round) => ({ what: round.name, nodes: round.awaited, sinceMs: round.sinceMs }));
}

function forMembers(state: NodeState): Waiting[] {
  const waiting: Waiting[] = [];
  if (state.standbyPending !== null) {
    waiting.push({ what: 'the standby to be ready', nodes: [state.standbyPending.node], sinceMs: state.standbyPending.sinceMs });
  }
  if (state.joining !== null) waiting.push({ what: 'incorporation', nodes: [state.joining.manager], sinceMs: state.joining.sinceMs });
  const incorporating = [...state.members.values()].filter((member) => member.phase === 'incorporating');
  for (const member of incorporating) waiting.push({ what: 'incorporation', nodes: [member.node], sinceMs: member.sinceMs });
  return waiting;
}

function forManager(state: NodeState): Waiting[] {
  const { self, role, manager, managerDownMs, standby } = state;
  if (role === 'manager' && state.seat === 'lapsed') {
    return [{ what: 'a majority of the voters to renew the lease', nodes: absentVoters(state), sinceMs: state.seatSinceMs }];
  }
  if (role === 'standby' && managerDownMs !== null)
    return [{ what: 'the votes to succeed the manager', nodes: votersToSucceed(state), sinceMs: managerDownMs }];
  if (role === 'client' && managerDownMs !== null && standby !== null) {
    return [{ what: 'the standby to succeed the manager', nodes: [standby], sinceMs: managerDownMs }];
  }
  if (role === 'client' && manager !== null && state.members.get(manager)?.phase !== 'active') {
    return [{ what: 'the manager to incorporate this node', nodes: [manager], sinceMs: state.roleSinceMs }];
  }
  return role === 'unmanaged' && state.joining === null
    ? [forElection(state, self.mayManage && state.config.voters.includes(self.node))]
    : [];
}

/**
 * The engine counts the votes and tells only of refusals that count for good, and of success. Where enough voters are heard
 * these are awaited; else those that are silent, without whom there is no majority.
 */
function votersToSucceed({ config, self, members, manager, refusals }: NodeState): NodeId[] {
  const others = config.voters.filter((node) => node !== self.node);
  const heard = others.filter((node) => node !== manager && members.get(node)?.alive === true && !refusals.includes(node));
  return heard.length + 1 >= quorumOf(config) ? heard : others.filter((node) => !heard.includes(node));
}

/** Why an unmanaged node has no manager. */
function forElection(state: NodeState, mayManage: boolean): Waiting {
  const sinceMs = state.roleSinceMs;
  const now = { state, nowMs: state.announceAtMs };
  const heard = freshManager(now);
  if (heard !== null) return { what: 'the manager that was heard to connect', nodes: [heard.node], sinceMs };
  const voters = freshSeekers(now).filter((member) => state.config.voters.includes(member.node)).length;
  const enough = voters + (state.config.voters.includes(state.self.node) ? 1 : 0) >= quorumOf(state.config);
  if (!enough) return { what: 'a majority of the voters to be heard', nodes: absentVoters(state), sinceMs };
  return { what: mayManage ? 'the ballot' : 'a node that may manage', nodes: [], sinceMs };
}

function absentVoters(state: NodeState): NodeId[] {
  const here = new Set<NodeId>([state.self.node, ...freshNodes(state)]);
  return state.config.voters.filter((node) => !here.has(node));
}

function freshNodes(state: NodeState): NodeId[] {
  if (state.role === 'manager')
    return [...state.members.values()].filter((member) => member.phase === 'active').map((member) => member.node);
  return freshSeekers({ state, nowMs: state.announceAtMs }).map((member) => member.node);
}

function forPeople(state: NodeState): Waiting[] {
  const waiting: Waiting[] = [];
  const { pending, manager } = state;
  if (pending !== null) {
    const nodes = pending.target === null || pending.stage === 'releasing' ? [] : [pending.target];
    waiting.push({ what: `the ${pending.kind}: ${stages[pending.stage]}`, nodes, sinceMs: pending.sinceMs });
  }
  for (const { sinceMs } of state.forwarded.values()) {
    waiting.push({ what: 'the manager to carry out a command', nodes: manager === null ? [] : [manager], sinceMs });
  }
  return waiting;
}
