// R1. What runs is in memory, and a copy of it on disk: what was agreed on since people wrote the file is used from there. A copy
// that cannot be kept is told of, and no reason to leave addresses unserved.
import type { ClusterConfig } from '../config/config.ts';
import type { RoundRecord } from '../protocol/rounds/state.ts';
import { reasonOf } from './beginning.ts';
import { ConfigurationDesk } from './configuration-desk.ts';
import { ConfigurationVersions } from './configuration-versions.ts';
import type { Logger, RuntimeOptions } from './types.ts';

/**
 * @param use what is in force; called before anything is told of it
 * @returns a sentence for people where the copy cannot be kept
 */
export function openConfigurations(
  { stateDirectory, node, config }: RuntimeOptions,
  records: readonly RoundRecord[],
  logger: Logger,
  use: (config: ClusterConfig) => void,
): ConfigurationDesk | string {
  try {
    const versions = ConfigurationVersions.open(stateDirectory);
    const desk = new ConfigurationDesk(versions, node, config);
    desk.forgetUnsaid(records);
    use(desk.active);
    logger.info({ version: versions.active?.version }, 'configuration');
    return desk;
  } catch (error) {
    logger.error({ reason: reasonOf(error) }, 'the copy of the configuration cannot be kept');
    return `the copy of the configuration cannot be kept: ${reasonOf(error)}`;
  }
}
