// What a witness (X9) asks of the rest of the configuration: two nodes that may manage, itself as the third vote, and a
// promise that is no shorter than the lease of the nodes.
import type { ClusterConfig } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import { formatDurationUs } from './duration.ts';
import type { Problem } from './rules.ts';

export function witnessProblems(config: ClusterConfig): Problem[] {
  const { witness, quorum } = config;
  if (witness === null) {
    if (quorum !== 'witness') return [];
    return [{ path: ['quorum'], message: 'witness needs to know which node that is. Add `witness: {node: NAME}`, and NAME to `nodes`.' }];
  }
  if (quorum !== 'witness')
    return [{ path: ['quorum'], message: `${quorum} and a section \`witness\` contradict each other. Leave one of them out.` }];
  const names = config.nodes.map((node) => node.name);
  const index = names.indexOf(witness.node);
  if (index < 0) {
    const guess = didYouMean(witness.node, names) || ` There are ${names.join(', ')}.`;
    return [{ path: ['witness', 'node'], message: `There is no node ${witness.node}.${guess}` }];
  }
  return [...roleProblems(config, index), ...voterProblems(config, witness.node), ...timeoutProblems(config, witness.timeoutUs)];
}

function roleProblems(config: ClusterConfig, index: number): Problem[] {
  const role = config.nodes[index]?.preferredRole;
  if (role === 'none' || role === 'client') return [];
  return [{ path: ['nodes', index, 'preferred_role'], message: `${role} is no role for the witness, which never manages. Leave it out.` }];
}

function voterProblems(config: ClusterConfig, witness: string): Problem[] {
  const others = config.voters.filter((name) => name !== witness);
  if (!config.voters.includes(witness)) return [{ path: ['voters'], message: `${witness} is the witness, and must vote. Add it.` }];
  if (others.length === 2) return [];
  return [
    {
      path: ['voters'],
      message: `A witness is the third vote of two nodes; besides ${witness} there ${others.length === 1 ? 'is' : 'are'} ${others.join(', ') || 'none'}. With three or more nodes \`quorum: majority\` needs no witness.`,
    },
  ];
}

function timeoutProblems(config: ClusterConfig, timeoutUs: number): Problem[] {
  const leaseUs = config.heartbeat.timeoutUs;
  if (timeoutUs >= leaseUs) return [];
  return [
    {
      path: ['witness', 'timeout'],
      message: `${formatDurationUs(timeoutUs)} is shorter than heartbeat.timeout (${formatDurationUs(leaseUs)}). Make it ${formatDurationUs(3 * leaseUs)} or more.`,
    },
  ];
}
