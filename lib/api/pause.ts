// What is said of a pause, from what a program or a hook says: the types of V1 have their durations in the configuration.
import { totalmem } from 'node:os';
import type { AbsenceConfig } from '../config/config.ts';
import { HeartwireError } from '../errors.ts';
import type { PauseCommand } from '../protocol/inactivity/pausing.ts';

export interface PauseOptions {
  /** How long it will take, ms, 1 to 1,800,000. Default: what the configuration says for `reason`. */
  readonly forMs?: number;
  /**
   * `migration-out`, `migration-in`, `cpu`, `memory`, `device-driver`, `network-link`, `storage-link`, `virtual-switch`, or
   * any other word; then `forMs` must be given. Default: `maintenance`.
   */
  readonly reason?: string;
  /** `move`: management and addresses are handed over before; `keep`: they go when the lease ends. Default: `absence.policy`. */
  readonly policy?: 'move' | 'keep';
  /** How long operations that are open already wait for this node, ms. Default: `absence.response_timeout`. */
  readonly responseMs?: number;
}

const BYTES_PER_GIB = 2 ** 30;

/** @throws HeartwireError HW_USAGE: no duration is known; HW_REFUSED: notices of this type are off */
export function pauseCommand(config: AbsenceConfig, options: PauseOptions, memoryBytes: number = totalmem()): PauseCommand {
  const { reason = 'maintenance', policy = config.policy, responseMs = config.responseTimeoutMs } = options;
  const notice = Object.hasOwn(config.notices, reason) ? config.notices[reason] : undefined;
  if (notice === null)
    throw HeartwireError.of('HW_REFUSED', { reason: `notices of ${reason} are off (absence.${reason.replace('-', '_')})` });
  const ofType = notice === undefined ? null : notice.baseMs + (notice.perGibMs * memoryBytes) / BYTES_PER_GIB;
  const forMs = options.forMs ?? ofType;
  if (forMs === null) {
    const types = Object.keys(config.notices).join(', ');
    const known = `Without it a time is known for ${types} only.`;
    throw HeartwireError.of('HW_USAGE', { reason: `Say how long it takes for ${reason} (--for 20s; in programs forMs). ${known}` });
  }
  return { name: 'pause', forMs: Math.round(forMs), reason, policy, responseMs };
}
