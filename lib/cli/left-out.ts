// Who takes no part in what is agreed on, since it has said that it does not answer for a while: it gets the outcome when it is
// back. "On all members" would not be true of it until then.
import { type ClusterStatus, nodeLabel } from '../api/status.ts';

/** By name: members that are away now. */
export function leftOutOf(status: ClusterStatus): string[] {
  return status.nodes.filter(({ state, away }) => state === 'member' && away !== null).map(({ node }) => nodeLabel(status, node));
}

/** A line of its own, or none. */
export function leftOutLines(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const [is, gets] = names.length === 1 ? ['is', 'gets it when it is back'] : ['are', 'get it when they are back'];
  return [`Left out: ${names.join(', ')}, which ${is} away and ${gets}.`];
}
