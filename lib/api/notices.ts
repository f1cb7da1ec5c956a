// What a source of notices (V1) can do with its node: the same as `heartwire pause` and `heartwire resume`, and tell of a
// change that it saw too late to announce.
import type { AbsenceConfig } from '../config/config.ts';
import { hotPlug } from '../runtime/notices/hot-plug.ts';
import { type NoticeHands, type NoticeSource, startSources } from '../runtime/notices/source.ts';
import type { Logger, Runtime, RuntimeEvent } from '../runtime/types.ts';
import type { PauseOptions } from './pause.ts';

interface Pausing {
  readonly config: { readonly absence: AbsenceConfig };
  pause(options: PauseOptions): Promise<void>;
  resume(): Promise<void>;
}

/**
 * Starts what the node itself watches and the program's own sources, for the types that the configuration registers.
 * @returns call it to end them
 */
export function listen(
  sources: readonly NoticeSource[],
  cluster: Pausing,
  runtime: Pick<Runtime, 'nowMs' | 'status'>,
  logger: Logger,
  publish: (event: RuntimeEvent) => void,
): () => void {
  const hands = (source: NoticeSource): NoticeHands => handsOf(source, cluster, runtime, logger, publish);
  return startSources([hotPlug(), ...sources], cluster.config.absence.notices, hands);
}

function handsOf(
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
