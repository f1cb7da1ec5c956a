// Why does nothing happen? Everything that one node waits for, with whom it waits for, since when, and the paths to each of
// them (X5): what status and progress know, put together.
import type { NodeId } from '../protocol/types.ts';
import type { Progress } from '../protocol/rounds/progress.ts';
import type { RuntimeStatus } from '../runtime/types.ts';

export interface Awaited {
  readonly node: NodeId;
  readonly name: string;
  /** Its event loop does not turn. */
  readonly stalled: boolean;
  readonly links: readonly { readonly name: string; readonly up: boolean; readonly roundTripUs: number | null }[];
}

export interface Reason {
  readonly what: string;
  /** ms. */
  readonly since: number;
  /** Nobody in particular: a time, the disk, a program, or this node itself. */
  readonly awaited: readonly Awaited[];
}

type Facts = Pick<RuntimeStatus, 'nodes' | 'links' | 'waiting' | 'nowMs'>;

const KINDS: Readonly<Record<string, string>> = {
  commit: 'an operation',
  parameters: 'a change of parameters',
  edit: 'an edit of the configuration',
  reconfigure: 'a reconfiguration',
};

/** What a wish waits for that is not opened yet. */
export function openingText(kind: string): string {
  return `the manager to open ${KINDS[kind] ?? `a protocol of the kind ${kind}`}`;
}

/** @param progress of the same node */
export function whyOf(status: Facts, progress: Progress | null): Reason[] {
  const reason = (what: string, sinceMs: number, nodes: readonly NodeId[]): Reason => ({
    what,
    since: Math.max(0, status.nowMs - sinceMs),
    awaited: nodes.map((node) => awaitedOf(status, node)),
  });
  const reasons = status.waiting.map(({ what, sinceMs, nodes }) => reason(what, sinceMs, nodes));
  for (const { kind, sinceMs, nodes } of progress?.notOpened ?? []) reasons.push(reason(openingText(kind), sinceMs, nodes));
  for (const protocol of progress?.protocols ?? []) {
    const { kind, protocol: name, roundName, waitsFor, roundSinceMs, members } = protocol;
    const nodes = members.filter(({ awaited }) => awaited).map(({ node }) => node);
    reasons.push(reason(`${kind} ${name}, round ${roundName}: ${waitsFor}`, roundSinceMs, nodes));
  }
  return reasons;
}

function awaitedOf({ nodes, links }: Facts, node: NodeId): Awaited {
  const known = nodes.find((each) => each.node === node);
  const paths = links.flatMap(({ name, peers }) =>
    peers.filter((peer) => peer.node === node).map(({ up, roundTripUs }) => ({ name, up, roundTripUs })),
  );
  return { node, name: known?.name ?? `node ${node}`, stalled: known?.stalled ?? false, links: paths };
}
