// What a change of networks waits for (R5): that everybody is heard without the links that go, and on each link that comes. Only
// the looking is here; who asks again, and for how long, is another's business: ResourceSteps on a node, the simulator its own way.
import type { NodeState } from '../protocol/membership/state.ts';
import type { NodeId } from '../protocol/types.ts';
import type { CommonLinks } from './link-changes.ts';
import type { Trouble } from './wire-ownership.ts';

export interface LinkSight {
  state(): NodeState | null;
  /** The engine hears this node on that link, and has heard it there at `sinceMs` or later. */
  isHeard(node: NodeId, link: number, sinceMs: number): boolean;
}

/** Without the links that go, the manager and each member still hear each other. */
export function cutOff(sight: LinkSight, common: readonly CommonLinks[]): Trouble | null {
  const alone = beaten(sight, common).find(({ node, kept }) => !kept.some(({ link }) => sight.isHeard(node, link, 0)));
  return alone === undefined ? null : { what: `node ${alone.node} is heard on no network that stays`, isFinal: false };
}

/**
 * On each link that comes, the manager and each member that has it hear each other.
 * @param sinceMs it was opened then: what was heard before came over an earlier link of that number, which may still be closing
 */
export function unheard(sight: LinkSight, common: readonly CommonLinks[], sinceMs: number): Trouble | null {
  for (const { node, fresh } of beaten(sight, common)) {
    const silent = fresh.find(({ link }) => !sight.isHeard(node, link, sinceMs));
    if (silent !== undefined) return { what: `node ${node} is not heard on the new link ${silent.name}`, isFinal: false };
  }
  return null;
}

/** Beats go between a manager and its members. */
function beaten(sight: LinkSight, common: readonly CommonLinks[]): readonly CommonLinks[] {
  const { role, manager, members } = sight.state() ?? {};
  const isMember = (node: NodeId): boolean => members?.get(node)?.phase === 'active' && members.get(node)?.away === null;
  return common.filter(({ node }) => (role === 'manager' ? isMember(node) : node === manager));
}
