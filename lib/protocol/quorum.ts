// How many voters must agree. Absence, failure and prune never change the set (safety.md, 'Words'): a majority is
// always of the configured voters. `none` (X9) asks nobody, in writing.
import type { ProtocolConfig } from './types.ts';

export function quorumOf(config: Pick<ProtocolConfig, 'quorum' | 'voters'>): number {
  return config.quorum === 'none' ? 1 : Math.floor(config.voters.length / 2) + 1;
}
