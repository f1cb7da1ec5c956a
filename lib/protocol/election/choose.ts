// C4: the one order by which every node, from the same information, chooses the same manager or standby. A total
// order, independent of who was heard first: preferred role, then (in a merge) more nodes, then the lowest address,
// then the node id, so that two nodes with one address cannot tie.
import type { NodeDescription, NodeId, PreferredRole } from '../types.ts';

export interface Candidate {
  readonly node: NodeId;
  readonly preferredRole: PreferredRole;
  readonly address: string;
  /** In a merge: how many nodes it has gathered; else 0. */
  readonly nodes: number;
}

const MANAGER_RANK: Readonly<Record<PreferredRole, number>> = { manager: 0, none: 1, standby: 2, client: 3 };
const STANDBY_RANK: Readonly<Record<PreferredRole, number>> = { standby: 0, none: 1, manager: 1, client: 3 };

/** Sorts like numbers: IPv4 before IPv6, each by value. */
export function addressKey(address: string): string {
  if (!address.includes(':')) {
    return `4${address
      .split('.')
      .map((part) => part.padStart(3, '0'))
      .join('.')}`;
  }
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `6${[...left, ...middle, ...right].map((part) => part.padStart(4, '0')).join(':')}`;
}

function compare(ranks: Readonly<Record<PreferredRole, number>>, left: Candidate, right: Candidate): number {
  const byRole = ranks[left.preferredRole] - ranks[right.preferredRole];
  if (byRole !== 0) return byRole;
  if (left.nodes !== right.nodes) return right.nodes - left.nodes;
  const leftKey = addressKey(left.address);
  const rightKey = addressKey(right.address);
  if (leftKey !== rightKey) return leftKey < rightKey ? -1 : 1;
  return left.node - right.node;
}

export function inManagerOrder(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((left, right) => compare(MANAGER_RANK, left, right));
}

export function inStandbyOrder(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((left, right) => compare(STANDBY_RANK, left, right));
}

export function candidateOf(description: NodeDescription, nodes = 0): Candidate {
  return { node: description.node, preferredRole: description.preferredRole, address: description.address, nodes };
}
