// How a transcript tells of an event: its name, whom it is about, and what it says.
import type { ClusterEvent, NodeId } from '../../../lib/protocol/types.ts';

/** @param at the node where it is published */
export function eventLine(at: NodeId, event: ClusterEvent): string {
  if (event.event === 'role-changed') {
    const { from, to, transition } = event.details;
    return `${from} -> ${to} (${transition})`;
  }
  const about = event.node === at ? '' : ` node ${event.node}`;
  const member = event.memberId === null ? '' : ` member ${event.memberId}`;
  const details = Object.entries(event.details).map(([name, value]) => ` ${name}="${value}"`);
  return `${event.event}:${about}${member}${details.join('')}`.replace(/:$/, '');
}
