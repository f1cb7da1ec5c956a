// Section `resources`: groups of what moves as one, each with an owner and ordered successors (R8).
import { z } from 'zod';
import type { ResourceGroupConfig } from '../config.ts';
import { addressSchema } from './addresses.ts';
import { durationUs } from './duration.ts';
import { name, nodeName, SECOND_US } from './words.ts';

/** Every group has a seat of its own in the engine; the manager's is number 0. */
export const GROUPS_MAX = 7;

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
    })),
  );
