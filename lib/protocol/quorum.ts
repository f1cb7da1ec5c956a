// How many voters must agree. Absence, failure and prune never change the set (safety.md, 'Words'): a majority is
// always of the configured voters. `none` (X9) asks nobody, in writing. A shared disk is a voter that the engines ask, and
// not one that casts ballots: among nodes one suffices, and the engine needs the other one or the disk besides.
import type { NodeState } from './membership/state.ts';
import type { NodeId, ProtocolConfig } from './types.ts';

type Voting = Pick<ProtocolConfig, 'quorum' | 'voters'>;

/** Nodes that must agree before anything is asked of the engines. */
export function quorumOf(config: Voting): number {
  return config.quorum === 'none' || config.quorum === 'disk' ? 1 : Math.floor(config.voters.length / 2) + 1;
}

/** A change of the configuration has taken the vote of a node that manages meanwhile: it cannot be elected, nor stand in place. */
export function hasNoVote({ config, self }: { readonly config: Voting; readonly self: { readonly node: NodeId } }): boolean {
  return config.quorum !== 'none' && !config.voters.includes(self.node);
}

/** Are so many voters here? */
export function hasMajority({ config, self, members }: Pick<NodeState, 'config' | 'self' | 'members'>): boolean {
  const isPresent = (node: NodeId): boolean => node === self.node || members.get(node)?.phase === 'active';
  return config.voters.filter(isPresent).length >= quorumOf(config);
}

/** Voters whose promises an owner needs, itself and a shared disk included. */
export function engineQuorumOf(config: Voting): number {
  return config.quorum === 'disk' ? 2 : quorumOf(config);
}

/** With a disk whoever is heard must agree, so that two that hear each other need no disk to choose. */
export function ballotsNeeded(config: Voting, asked: number): number {
  return config.quorum === 'disk' ? asked : quorumOf(config);
}
