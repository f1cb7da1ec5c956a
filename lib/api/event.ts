// Events as people and programs get them: the runtime's, in plain JSON, with the time of day. Members give
// times of CLOCK_BOOTTIME, which orders events on one machine; the wall clock is for reading.
import type { ClusterEvent, MemberId, NodeDescription, NodeId } from '../protocol/types.ts';
import type { LocalEventName, RuntimeEvent } from '../runtime/types.ts';

export type EventName = ClusterEvent['event'] | LocalEventName;

/** A node as it describes itself; `boot` as a number. */
export type PublicDescription = Omit<NodeDescription, 'boot'> & { readonly boot: number };

export interface HeartwireEvent {
  readonly event: EventName;
  /** ISO 8601, UTC, by the wall clock of the node that tells it. */
  readonly time: string;
  /** CLOCK_BOOTTIME of that node. */
  readonly atMs: number;
  /** Who it is about. */
  readonly node: NodeId;
  readonly memberId: MemberId | null;
  readonly description: PublicDescription | null;
  /** Facts by name: epoch, from, to, networks, address, interface, reason... */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * @param nowMs CLOCK_BOOTTIME now
 * @param wallNowMs milliseconds since 1970 now
 */
export function publicEvent(event: RuntimeEvent, nowMs: number, wallNowMs: number): HeartwireEvent {
  const { description } = event;
  return {
    event: event.event,
    time: new Date(wallNowMs - (nowMs - event.atMs)).toISOString(),
    atMs: event.atMs,
    node: event.node,
    memberId: event.memberId,
    description: description === null ? null : { ...description, boot: Number(description.boot) },
    details: event.details,
  };
}
