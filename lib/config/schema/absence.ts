// Section `absence`: of which changes to its virtual machine a node wants to be told, and for how long each keeps it from
// answering (V1, V2). A duration of its own per type, or one that grows with the memory of the machine.
import { z } from 'zod';
import type { AbsenceConfig, NoticeDuration } from '../config.ts';
import { PAUSE_MS_MAX } from '../../protocol/inactivity/absence.ts';
import { parseDurationUs } from '../duration.ts';
import { durationUs } from './duration.ts';

const US_PER_MS = 1000;
const range = { min: US_PER_MS, max: PAUSE_MS_MAX * US_PER_MS };

/** "30s", "5s+500ms/GiB" or "off"; undefined: it is none of these, or out of range. */
function parseNotice(text: string): NoticeDuration | null | undefined {
  if (text === 'off') return null;
  const [, base = '', growth = '0s'] = /^([^+]+)(?:\+(.+)\/GiB)?$/.exec(text) ?? [];
  const baseUs = parseDurationUs(base);
  const perGibUs = parseDurationUs(growth);
  if (baseUs === null || perGibUs === null || baseUs < range.min || Math.max(baseUs, perGibUs) > range.max) return undefined;
  return { baseMs: baseUs / US_PER_MS, perGibMs: perGibUs / US_PER_MS };
}

function notice(what: string, byDefault: string): z.ZodType<NoticeDuration | null, string | undefined> {
  return z
    .string()
    .refine((text) => parseNotice(text) !== undefined, {
      error: (issue) =>
        `${JSON.stringify(issue.input)} is no such time. Write a duration of 1ms to 1800s, one that grows with the memory such as 5s+500ms/GiB, or off.`,
    })
    .prefault(byDefault)
    .transform((text) => parseNotice(text) ?? null)
    .meta({ description: `How long ${what} takes: 1ms to 1800s, more with the memory of the machine (5s+500ms/GiB), or off` });
}

export const absenceSchema: z.ZodType<AbsenceConfig> = z
  .strictObject({
    policy: z
      .enum(['move', 'keep'])
      .default('move')
      .meta({ description: 'What a manager does before a pause: hand over, or let its lease end' }),
    response_timeout: durationUs({ min: 0, max: range.max }, 'Operations that are open already wait so long for it').prefault('0s'),
    migration_out: notice('its migration to another host', '30s'),
    migration_in: notice('its arrival on another host', '30s'),
    cpu: notice('a change of its processors', '5s'),
    memory: notice('a change of its memory', '10s'),
    device_driver: notice('a change of a device driver', '10s'),
    network_link: notice('a change of a network link', '10s'),
    storage_link: notice('a change of a storage link', '10s'),
    virtual_switch: notice('a change of the virtual switch', '10s'),
  })
  .transform(({ policy, response_timeout, ...notices }) => ({
    policy,
    responseTimeoutMs: response_timeout / US_PER_MS,
    notices: Object.fromEntries(Object.entries(notices).map(([type, duration]) => [type.replace('_', '-'), duration])),
  }));
