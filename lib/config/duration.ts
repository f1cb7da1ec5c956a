// Durations as people write them: a number and its unit. A bare number is refused, since a file in which
// 10 may be seconds or milliseconds is how clusters fail over by mistake.
import { z } from 'zod';

const UNIT_US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(us|ms|s)$/;

/** Microseconds of "200us", "1.5ms" or "60s"; null when it is no duration, or no whole number of microseconds. */
export function parseDurationUs(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const microseconds = Number(match[1]) * (UNIT_US[match[2] ?? ''] ?? Number.NaN);
  const whole = Math.round(microseconds);
  return Number.isSafeInteger(whole) && Math.abs(microseconds - whole) < 1e-6 ? whole : null;
}

/** The shortest way to write it: 1500000 -> "1.5s", 200 -> "200us". */
export function formatDurationUs(microseconds: number): string {
  if (microseconds >= 1_000_000 || microseconds === 0) return `${microseconds / 1_000_000}s`;
  if (microseconds >= 1000) return `${microseconds / 1000}ms`;
  return `${microseconds}us`;
}

/** Schema of a duration within a range, in microseconds; the result is microseconds. */
export function durationUs(range: { readonly min: number; readonly max: number }, description: string): DurationSchema {
  return z
    .string({ error: (issue) => (typeof issue.input === 'number' ? `${issue.input} has no unit. Write ${issue.input}us, ${issue.input}ms or ${issue.input}s.` : undefined) })
    .regex(PATTERN, { error: (issue) => `${JSON.stringify(issue.input)} is no duration. Write a number with us, ms or s, such as 10ms.` })
    .transform((text) => parseDurationUs(text) ?? Number.NaN)
    .refine((value) => value >= range.min && value <= range.max, {
      error: (issue) => `${durationText(issue.input)} is out of range. Choose ${formatDurationUs(range.min)} to ${formatDurationUs(range.max)}.`,
    })
    .meta({ description: `${description} (${formatDurationUs(range.min)} to ${formatDurationUs(range.max)})` });
}

export type DurationSchema = z.ZodType<number, string>;

function durationText(value: unknown): string {
  return typeof value === 'number' && !Number.isNaN(value) ? formatDurationUs(value) : 'Less than a microsecond';
}
