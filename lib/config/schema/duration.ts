// Durations as fields of the configuration file, each with its range.
import { z } from 'zod';
import { DURATION_PATTERN, formatDurationUs, parseDurationUs } from '../duration.ts';

/** Schema of a duration within a range, in microseconds; the result is microseconds. */
export function durationUs(range: { readonly min: number; readonly max: number }, description: string): DurationSchema {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? `${issue.input} has no unit. Write ${issue.input}us, ${issue.input}ms or ${issue.input}s.`
          : undefined,
    })
    .regex(DURATION_PATTERN, {
      error: (issue) => `${JSON.stringify(issue.input)} is no duration. Write a number with us, ms or s, such as 10ms.`,
    })
    .transform((text) => parseDurationUs(text) ?? Number.NaN)
    .refine((value) => value >= range.min && value <= range.max, {
      error: (issue) =>
        `${durationText(issue.input)} is out of range. Choose ${formatDurationUs(range.min)} to ${formatDurationUs(range.max)}.`,
    })
    .meta({ description: `${description} (${formatDurationUs(range.min)} to ${formatDurationUs(range.max)})` });
}

export type DurationSchema = z.ZodType<number, string>;

function durationText(value: unknown): string {
  return typeof value === 'number' && !Number.isNaN(value) ? formatDurationUs(value) : 'A part of a microsecond';
}
