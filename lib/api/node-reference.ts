// People name nodes, protocols number them.
import { closest } from '../config/did-you-mean.ts';
import { HeartwireError } from '../errors.ts';
import type { NodeId } from '../protocol/types.ts';
import type { NodeStatus } from '../runtime/types.ts';

/** A node's id (also as text) or its name. */
export type NodeReference = NodeId | string;

/** @throws HeartwireError HW_NODE_UNKNOWN */
export function resolveNode(nodes: readonly NodeStatus[], reference: NodeReference): NodeId {
  const found = nodes.find((node) => node.name === reference) ?? nodes.find((node) => String(node.node) === String(reference));
  if (found !== undefined) return found.node;
  const names = nodes.map((node) => node.name);
  const guess = closest(String(reference), names);
  throw HeartwireError.of('HW_NODE_UNKNOWN', {
    name: `${reference}`,
    known: names.join(', ') + (guess === null ? '' : ` (did you mean ${guess}?)`),
  });
}
