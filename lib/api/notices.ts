// What a source of notices (V1) can do with its node: the same as `heartwire pause` and `heartwire resume`, and tell of a
// change that it saw too late to announce.
import type { NoticeHands, NoticeSource } from '../runtime/notices/source.ts';
import type { Logger, Runtime, RuntimeEvent } from '../runtime/types.ts';
import type { PauseOptions } from './pause.ts';

interface Pausing {
  pause(options: PauseOptions): Promise<void>;
  resume(): Promise<void>;
}

export function handsOf(
  source: NoticeSource,
  cluster: Pausing,
  runtime: Pick<Runtime, 'nowMs' | 'status'>,
  logger: Logger,
  publish: (event: RuntimeEvent) => void,
): NoticeHands {
  return {
    begins: (type, forMs) => cluster.pause({ reason: type, ...(forMs === undefined ? {} : { forMs }) }),
    ends: () => cluster.resume(),
    happened(type, details) {
      const { node, memberId } = runtime.status().self;
      const event = { event: 'machine-changed', atMs: runtime.nowMs(), node, memberId, description: null } as const;
      logger.info({ source: source.name, type, ...details }, 'machine-changed');
      publish({ ...event, details: { type, ...details } });
    },
    failed(reason) {
      if (reason === null) logger.info({ source: source.name }, 'a source of notices is well again');
      else logger.warn({ source: source.name, reason }, 'a source of notices fails');
    },
  };
}
