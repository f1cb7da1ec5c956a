// What happened when, on one clock: the fault, the events of every node, and what the client saw, in one
// list ordered by time. All of it is CLOCK_BOOTTIME of one machine, so the order is real.
import type { HeartwireEvent } from '../api/event.ts';
import type { Answering } from './vip-client.ts';

export interface Moment {
  /** CLOCK_BOOTTIME. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** An event as the node `reporter` told it. */
export interface Reported {
  readonly reporter: number;
  readonly event: HeartwireEvent;
}

/** Node names by id, as people know them. */
export type Namer = (node: number) => string;

type Detail = HeartwireEvent['details'];

// Only what tells the story; link after link and every node's copy of the same news would bury it. Where
// several nodes report one event, the one that it is about is the one to quote.
const OWN_NEWS: Readonly<Partial<Record<HeartwireEvent['event'], (details: Detail) => string>>> = {
  'address-acquired': (details) => `has the votes of a majority, holds ${text(details['address'])}`,
  'address-released': (details) => `gives up ${text(details['address'])}`,
  'new-manager': () => 'manages the cluster',
  'new-standby': () => 'stands by',
  'address-put-back': (details) => `puts back ${text(details['address'])}`,
};

/** Events of all nodes as moments: each piece of news once, from the node that knows best. */
export function eventMoments(reports: readonly Reported[], name: Namer): Moment[] {
  const moments = reports.flatMap(({ reporter, event }): Moment[] => {
    const own = OWN_NEWS[event.event];
    if (own !== undefined) {
      return reporter === event.node ? [{ atMs: event.atMs, who: name(reporter), what: own(event.details) }] : [];
    }
    const seen = seenBy(event, name);
    return seen === null ? [] : [{ atMs: event.atMs, who: name(reporter), what: seen }];
  });
  return earliest(moments);
}

function seenBy(event: HeartwireEvent, name: Namer): string | null {
  switch (event.event) {
    case 'link-down':
      return `hears ${name(Number(event.details['peer'] ?? event.node))} no more on link ${text(event.details['link'])}`;
    case 'client-lost':
    case 'standby-lost':
    case 'manager-lost':
      return `has lost ${name(event.node)}`;
    case 'network-switched':
      return `moves management to network ${text(event.details['to'])}`;
    case 'new-client':
      return `takes in ${name(event.node)}`;
    default:
      return null;
  }
}

/** The client's changes of owner as moments; the end of the old owner's answers included. */
export function clientMoments(changes: readonly Answering[], name: Namer): Moment[] {
  return changes.flatMap((change): Moment[] => {
    const first = { atMs: change.atNs / 1e6, who: 'client', what: `first answer from ${name(change.node)}` };
    if (change.before === null || change.gapNs === null) return [first];
    return [{ atMs: (change.atNs - change.gapNs) / 1e6, who: 'client', what: `last answer from ${name(change.before)}` }, first];
  });
}

/** All in order of time. */
export function inOrder(...lists: readonly (readonly Moment[])[]): Moment[] {
  return lists.flat().sort((one, other) => one.atMs - other.atMs);
}

// The same sentence of the same node again is no news; nor is what a member passes on: it has the very time
// of the manager's own event.
function earliest(moments: readonly Moment[]): Moment[] {
  const said = new Set<string>();
  return inOrder(moments).filter(({ atMs, who, what }) => {
    const known = said.has(`${who} ${what}`) || said.has(`${atMs} ${what}`);
    said.add(`${who} ${what}`).add(`${atMs} ${what}`);
    return !known;
  });
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
