// How many voters must agree. Absence, failure and prune never change the set (safety.md, 'Words'): a majority is
// always of the configured voters. `none` (X9) asks nobody, in writing. A shared disk is a voter that the engines ask, and
// not one that casts ballots: among nodes one suffices, and the engine needs the other one or the disk besides.
import type { ProtocolConfig } from './types.ts';

type Voting = Pick<ProtocolConfig, 'quorum' | 'voters'>;

/** Nodes that must agree before anything is asked of the engines. */
export function quorumOf(config: Voting): number {
  return config.quorum === 'none' || config.quorum === 'disk' ? 1 : Math.floor(config.voters.length / 2) + 1;
}

/** Voters whose promises an owner needs, itself and a shared disk included. */
export function engineQuorumOf(config: Voting): number {
  return config.quorum === 'disk' ? 2 : quorumOf(config);
}

/** With a disk whoever is heard must agree, so that two that hear each other need no disk to choose. */
export function ballotsNeeded(config: Voting, asked: number): number {
  return config.quorum === 'disk' ? asked : quorumOf(config);
}
