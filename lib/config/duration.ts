// Durations as people write them: a number and its unit. A bare number is refused, since a file in which
// 10 may be seconds or milliseconds is how clusters fail over by mistake.
import type { ParameterUnit } from '../protocol/parameters/definitions.ts';

/** Decimal places between the unit and a microsecond. */
const UNIT_PLACES: Readonly<Record<string, number>> = { us: 0, ms: 3, s: 6 };
export const DURATION_PATTERN: RegExp = /^(\d+)(?:\.(\d+))?(us|ms|s)$/;

/** Microseconds of "200us", "1.5ms" or "60s"; null when it is no duration, or no whole number of microseconds. */
export function parseDurationUs(text: string): number | null {
  const [, whole = '', fraction = '', unit = ''] = DURATION_PATTERN.exec(text) ?? [];
  const places = UNIT_PLACES[unit];
  const digits = fraction.replace(/0+$/, '');
  if (places === undefined || digits.length > places) return null;
  const microseconds = Number(whole + digits.padEnd(places, '0'));
  return Number.isSafeInteger(microseconds) ? microseconds : null;
}

/** The shortest way to write it: 1500000 -> "1.5s", 200 -> "200us". */
export function formatDurationUs(microseconds: number): string {
  if (microseconds >= 1_000_000 || microseconds === 0) return `${microseconds / 1_000_000}s`;
  if (microseconds >= 1000) return `${microseconds / 1000}ms`;
  return `${microseconds}us`;
}

const US_PER_MS = 1000;

/** A parameter's value, for people. */
export function valueText(unit: ParameterUnit, value: number): string {
  if (unit === 'us' || unit === 'ms') return formatDurationUs(unit === 'us' ? value : value * US_PER_MS);
  return unit === 'bytes' ? `${value} bytes` : `${value}`;
}
