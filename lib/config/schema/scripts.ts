// Section `scripts`: what is run on events (R8).
import { z } from 'zod';
import type { ScriptConfig } from '../config.ts';
import { durationUs } from './duration.ts';
import { argv } from './resources.ts';
import { SECOND_US } from './words.ts';

export const scriptSchema: z.ZodType<ScriptConfig> = z
  .strictObject({
    events: z
      .array(
        z.string().regex(/^(\*|[a-z]+(-[a-z]+)*)$/, {
          error: (issue) => `${JSON.stringify(issue.input)} is no event. Write one such as client-lost, or "*" for all.`,
        }),
      )
      .min(1)
      .max(100)
      .meta({ description: 'Names of events as docs/api.md has them, or * for all', examples: ['[client-lost, group-acquired]'] }),
    run: argv('Program and arguments, without a shell; the event is its input, as one line of JSON'),
    timeout: durationUs({ min: 1000, max: 86_400 * SECOND_US }, 'It is ended after so long, and has failed').prefault('30s'),
  })
  .transform(({ events, run, timeout }) => ({ events, run, timeoutMs: timeout / 1000 }));
