// Section `resources`: groups of what moves as one, each with an owner and ordered successors (R8).
import { z } from 'zod';
import type { CommandConfig, ResourceGroupConfig } from '../config.ts';
import { addressSchema } from './addresses.ts';
import { durationUs } from './duration.ts';
import { name, nodeName, SECOND_US } from './words.ts';

/** Every group has a seat of its own in the engine; the manager's is number 0. */
export const GROUPS_MAX = 7;

export const argv = (description: string): z.ZodType<string[]> =>
  z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(100)
    .refine(([program]) => program?.startsWith('/') === true, {
      error: 'A program is an absolute path. Write one such as [/usr/bin/systemctl, start, NAME].',
    })
    .meta({ description, examples: ['[/usr/bin/systemctl, start, nginx]'] });

const DAY_US = 86_400 * SECOND_US;

const command: z.ZodType<CommandConfig> = z
  .strictObject({
    command: name('command').meta({ description: 'Short; log and status call it so', examples: ['server'] }),
    start: argv('Program and arguments, without a shell; ends with 0 once what it starts runs'),
    foreground: z.boolean().default(false).meta({ description: 'It does not end: it is what runs, and its end is a failure' }),
    start_timeout: durationUs({ min: 1000, max: DAY_US }, 'It is ended after so long, and has failed').prefault('60s'),
    stop: argv('Stops it; left out: its processes get SIGTERM').optional(),
    stop_timeout: durationUs(
      { min: 1000, max: DAY_US },
      'For the stop command, and again for what still runs: SIGTERM, then SIGKILL',
    ).prefault('20s'),
    monitor: argv('Ends with 0 as long as it works').optional(),
    monitor_interval: durationUs({ min: 100_000, max: DAY_US }, 'Between two looks').prefault('10s'),
    monitor_timeout: durationUs({ min: 1000, max: DAY_US }, 'A look that takes longer has failed').prefault('10s'),
    restarts: z
      .int()
      .min(0)
      .max(1000)
      .default(1)
      .meta({ description: 'How often it is started again before the group is given to its successor' }),
  })
  .transform((each) => ({
    name: each.command,
    start: each.start,
    foreground: each.foreground,
    startTimeoutMs: each.start_timeout / 1000,
    stop: each.stop ?? null,
    stopTimeoutMs: each.stop_timeout / 1000,
    monitor: each.monitor ?? null,
    monitorIntervalMs: each.monitor_interval / 1000,
    monitorTimeoutMs: each.monitor_timeout / 1000,
    restarts: each.restarts,
  }));

const group = z.strictObject({
  group: name('group').meta({ description: 'Short; `heartwire move` and status call it so', examples: ['web'] }),
  owner: nodeName.meta({ description: 'The node that it belongs to, and where it starts', examples: ['node1'] }),
  successors: z
    .array(nodeName)
    .max(7)
    .default([])
    .meta({ description: 'Who takes it when the owner fails or gives it up, the first one first' }),
  fail_back: z.boolean().default(false).meta({ description: 'It returns to its owner when that is healthy again' }),
  fail_back_after: durationUs({ min: 0, max: 86_400 * SECOND_US }, 'How long the owner must have been healthy before').prefault('30s'),
  seat: z
    .int()
    .min(1)
    .max(GROUPS_MAX)
    .optional()
    .meta({ description: 'Its number for good, which votes use; default: its place in the list' }),
  addresses: z.array(addressSchema).max(64).default([]).meta({ description: 'Virtual addresses that move with it' }),
  commands: z
    .array(command)
    .max(20)
    .prefault([])
    .meta({ description: 'Started in this order once it is held, stopped in the opposite one before it is given up' }),
});

export const resourcesSchema: z.ZodType<ResourceGroupConfig[]> = z
  .array(group)
  .max(GROUPS_MAX, {
    error: (issue) =>
      `A list of ${String(Array.isArray(issue.input) ? issue.input.length : '?')} is too big: each group needs a seat of its own, and there are ${GROUPS_MAX} besides the manager's. Put what may move together into one group.`,
  })
  .transform((groups) =>
    groups.map((each, place) => ({
      name: each.group,
      seat: each.seat ?? place + 1,
      owner: each.owner,
      successors: each.successors,
      failBackAfterMs: each.fail_back ? each.fail_back_after / 1000 : null,
      addresses: each.addresses,
      commands: each.commands,
    })),
  );
