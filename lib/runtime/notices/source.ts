// Where a node learns of changes to its machine (V1): sources are plug-ins. A source names the types that it can tell of, is
// started for those that the node has registered for in its configuration, and says when a change begins and ends. The
// command `heartwire pause` is one from outside; a program brings its own to Cluster.join().

export const noticeTypes = [
  'migration-out',
  'migration-in',
  'cpu',
  'memory',
  'device-driver',
  'network-link',
  'storage-link',
  'virtual-switch',
] as const;
export type NoticeType = (typeof noticeTypes)[number];

export interface NoticeHands {
  /**
   * A change begins that keeps this machine from answering. Resolves when the machine may stop.
   * @param forMs how long, 1 to 1,800,000; default: what the configuration says for the type
   * @throws HeartwireError HW_REFUSED: the others do not expect it, nothing has changed
   */
  begins(type: NoticeType, forMs?: number): Promise<void>;
  /** It has ended, early or not. @throws HeartwireError HW_REFUSED */
  ends(): Promise<void>;
  /** A change was seen only when it had happened. */
  happened(type: NoticeType, details: Readonly<Record<string, string | number>>): void;
  /** The source cannot tell any more, or again (null). */
  failed(reason: string | null): void;
}

export interface NoticeSource {
  /** For people, in the log. */
  readonly name: string;
  readonly types: readonly NoticeType[];
  /**
   * @param registered those of `types` that this node wants to be told of; never empty
   * @returns call it to end
   */
  start(registered: ReadonlySet<NoticeType>, hands: NoticeHands): () => void;
}

/**
 * Starts each source for the types that are registered.
 * @param notices `absence` of the configuration: null where the node is not registered
 * @returns call it to end them all
 */
export function startSources(
  sources: readonly NoticeSource[],
  notices: Readonly<Record<string, unknown>>,
  handsOf: (source: NoticeSource) => NoticeHands,
): () => void {
  const ends: (() => void)[] = [];
  for (const source of sources) {
    const registered = new Set(source.types.filter((type) => (notices[type] ?? null) !== null));
    if (registered.size > 0) ends.push(source.start(registered, handsOf(source)));
  }
  return () => {
    for (const end of ends.splice(0)) end();
  };
}
