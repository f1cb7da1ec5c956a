// What a node waits for in the matter of peer protocols that it has no record of, so that they are no lines of their own in
// its progress: outcomes that it was told to wait for, or that a manager looks for, what it has missed, and what stands
// between a manager and the opening of wishes (X5, Q2). All of it can hold back what is decided already.
import type { NodeState } from '../membership/state.ts';
import type { NodeId } from '../types.ts';
import type { Waiting } from '../waiting.ts';
import { nameOf, type Recovery } from './state.ts';

export function waitingForOutcomes(state: NodeState): Waiting[] {
  return [...toldToWait(state), ...recovered(state), ...proposedHere(state), ...missed(state), ...unopened(state)];
}

/** Where it is another one that is to open, or to find the outcome. */
export function managerOf({ self, manager }: Pick<NodeState, 'self' | 'manager'>): NodeId[] {
  return manager === null || manager === self.node ? [] : [manager];
}

function toldToWait(state: NodeState): Waiting[] {
  const { listening, instances, recoveries } = state.rounds;
  const unknown = listening.filter(({ number }) => !instances.has(number) && !recoveries.has(number));
  return unknown.map(({ number, participants, sinceMs }) => {
    const manager = managerOf(state);
    // Whoever manages asks those that took part, as soon as it may.
    const others = participants.map(({ node }) => node).filter((node) => node !== state.self.node);
    return { what: `the outcome of ${nameOf(number)}`, nodes: manager.length > 0 ? manager : others, sinceMs };
  });
}

/** At the manager: what nobody here knows but by its number. What is known here has its own line. */
function recovered({ rounds }: NodeState): Waiting[] {
  return [...rounds.recoveries.values()]
    .filter(({ number }) => !rounds.instances.has(number))
    .map((recovery) => ({
      what: `the outcome of ${nameOf(recovery.number)}: ${recoveryText(recovery)}`,
      nodes: awaitedInRecovery(recovery),
      sinceMs: recovery.sinceMs,
    }));
}

const recoveryStages: Readonly<Record<Recovery['stage'], string>> = {
  asking: 'the members to say where they stand',
  settling: 'a majority to write the outcome down',
  blocked: 'those that may know the outcome to be here',
};

/** What a manager waits for that recovers a protocol. */
export function recoveryText(recovery: Pick<Recovery, 'stage' | 'choice'>): string {
  return recoveryStages[stageOf(recovery)];
}

/** Too few could write down what it has chosen: it is asked of them again. */
function stageOf({ stage, choice }: Pick<Recovery, 'stage' | 'choice'>): Recovery['stage'] {
  return stage === 'blocked' && choice !== null ? 'settling' : stage;
}

export function awaitedInRecovery(recovery: Recovery): NodeId[] {
  const { asked, standings, settled, participants } = recovery;
  const stage = stageOf(recovery);
  if (stage === 'asking') return asked.filter((node) => !standings.has(node));
  if (stage === 'settling') return asked.filter((node) => !settled.includes(node));
  return participants.map(({ node }) => node).filter((node) => !standings.has(node));
}

/** A manager before this one has opened it, and its opening never came here. */
function proposedHere(state: NodeState): Waiting[] {
  const { proposals, instances, listening } = state.rounds;
  return [...proposals.values()].flatMap(({ number, sinceMs }) => {
    if (number === null || instances.has(number) || listening.some((each) => each.number === number)) return [];
    return [{ what: `the outcome of ${nameOf(number)}, which was proposed here`, nodes: managerOf(state), sinceMs }];
  });
}

/** Decided, but something earlier may be missing here. */
function missed(state: NodeState): Waiting[] {
  const { behind, behindSinceMs, held, instances } = state.rounds;
  if (behind !== null) return [{ what: 'the operations that were missed', nodes: [behind], sinceMs: behindSinceMs }];
  const [first] = [...instances.values()].filter(({ outcome }) => outcome?.committed === true);
  if (!held || first === undefined) return [];
  return [{ what: 'a manager to tell what was missed', nodes: managerOf(state), sinceMs: first.sinceMs }];
}

/** At a manager that owns its seat: wishes wait until members have told where they stand. */
function unopened({ role, seat, members, rounds, epoch }: NodeState): Waiting[] {
  const [first] = rounds.queued;
  if (role !== 'manager' || seat !== 'owned' || first === undefined) return [];
  const isReady = (node: NodeId, boot: bigint): boolean => rounds.readyEpoch === epoch && rounds.ready.get(node) === boot;
  const nodes = [...members.values()]
    .filter(({ node, boot, phase, away }) => phase === 'active' && away === null && !isReady(node, boot))
    .map(({ node }) => node);
  return nodes.length === 0 ? [] : [{ what: 'the positions of members that are new', nodes, sinceMs: first.sinceMs }];
}
