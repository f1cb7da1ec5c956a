// A native node and everything that it has told.
import { native, type NativeEvent, type NativeNode, type NativeNodeOptions } from '../../../lib/native.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import { nativeOptions } from './native-options.ts';

export class WatchedNode {
  readonly events: NativeEvent[] = [];
  readonly native: NativeNode;

  constructor(changes: Partial<NativeNodeOptions> = {}) {
    this.native = new native.NativeNode(nativeOptions(changes), (events) => this.events.push(...events));
  }

  /** Waits for an event that was told after `after` others. */
  async told(kind: string, matches: (event: NativeEvent) => boolean = () => true, after = 0): Promise<NativeEvent> {
    return waitFor(`event ${kind}`, () => this.events.slice(after).find((event) => event.kind === kind && matches(event)), {
      deadlineMs: 20_000,
      everyMs: 5,
      seen: () => this.events.map((event) => event.kind).join(' '),
    });
  }
}
