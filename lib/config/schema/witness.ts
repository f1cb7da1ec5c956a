// Section `witness`: the third vote of two nodes (X9). It is a node like the others, with a machine and interfaces of its
// own, and so stands in `nodes`; here is what only a witness has.
import { z } from 'zod';
import type { WitnessConfig } from '../config.ts';
import { durationUs } from './duration.ts';
import { nodeName, SECOND_US } from './words.ts';

export const witnessSchema: z.ZodType<WitnessConfig> = z
  .strictObject({
    node: nodeName.meta({ description: 'Which of `nodes` is the witness; it votes and never manages', examples: ['node3'] }),
    timeout: durationUs(
      { min: 1000, max: 600 * SECOND_US },
      'How long it promises to wait for whoever it has voted for; longer than heartbeat.timeout',
    ).prefault('3s'),
  })
  .transform((section) => ({ node: section.node, timeoutUs: section.timeout }));
