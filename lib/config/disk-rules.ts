// What a shared disk (X9) asks of the rest of the configuration: exactly two voters, and no other third vote.
import type { ClusterConfig } from './config.ts';
import type { Problem } from './rules.ts';

export function diskProblems(config: ClusterConfig): Problem[] {
  const { disk, quorum, voters } = config;
  if (disk === null) {
    if (quorum !== 'disk') return [];
    return [{ path: ['quorum'], message: 'disk needs to know which disk that is. Add `disk: {device: PATH}`.' }];
  }
  if (quorum !== 'disk')
    return [{ path: ['disk'], message: `quorum: ${quorum} and a section \`disk\` contradict each other. Leave one of them out.` }];
  if (voters.length === 2) return [];
  const message = `A shared disk is the third vote of two nodes; here ${voters.join(', ')} vote. With three or more nodes \`quorum: majority\` needs no disk.`;
  return [{ path: ['disk'], message }];
}
