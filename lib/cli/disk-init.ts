// Prepares a shared disk for the two voters of a configuration, apart from its command, since only it needs the addon.
import { nodeByName } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { HeartwireError } from '../errors.ts';
import { native } from '../native.ts';
import { printJson, printLine } from './output.ts';

export interface DiskInitOptions {
  readonly config: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** What the addon says of a disk that has something on it. */
const NOT_EMPTY = 'not empty';

/** @throws HeartwireError HW_CONFIG_*, HW_DISK_VOTERS, HW_DISK_NOT_EMPTY, HW_DISK_FAILED */
export function initDisk(device: string, options: DiskInitOptions): void {
  const { config } = loadConfig(options.config);
  const [first, second, ...more] = config.voters.map((name) => nodeByName(config, name));
  if (first === undefined || second === undefined || more.length > 0)
    throw HeartwireError.of('HW_DISK_VOTERS', { voters: config.voters.join(', ') }, { place: options.config });
  const error = native.prepareDisk(device, config.cluster, [first.id, second.id], options.force === true);
  if (error === NOT_EMPTY) throw HeartwireError.of('HW_DISK_NOT_EMPTY', {}, { place: device });
  if (error !== null) throw HeartwireError.of('HW_DISK_FAILED', { reason: error }, { place: device });
  if (options.json === true) printJson({ device, cluster: config.cluster, nodes: [first.name, second.name] });
  else printLine(`${device} is the third vote of ${first.name} and ${second.name} in cluster ${config.cluster}.`);
}
