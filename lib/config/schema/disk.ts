// Section `disk`: a disk that both of two nodes reach, as their third vote (X9).
import { z } from 'zod';
import type { DiskConfig } from '../config.ts';
import { durationUs } from './duration.ts';
import { SECOND_US } from './words.ts';

export const diskSchema: z.ZodType<DiskConfig> = z
  .strictObject({
    device: z
      .string()
      .startsWith('/', { error: 'A device is a path. Write one such as /dev/disk/by-id/NAME.' })
      .meta({
        description: 'The same disk on both nodes, used for nothing else; `heartwire disk init` prepares it',
        examples: ['/dev/disk/by-id/NAME'],
      }),
    timeout: durationUs(
      { min: 500_000, max: 600 * SECOND_US },
      'How long it promises, and how long a silent node is waited for; several times the slowest I/O',
    ).prefault('5s'),
  })
  .transform((section) => ({ device: section.device, timeoutUs: section.timeout }));
