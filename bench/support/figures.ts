// Median, spread and tables, the same in all benches.

/** Value at rank `fraction` (0-1) of sorted numbers, nearest rank; null of none. */
export function quantile(sorted: readonly number[], fraction: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? null;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** Null of none. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((left, right) => left - right);
  const [min, median, p99, max] = [0, 0.5, 0.99, 1].map((fraction) => quantile(sorted, fraction));
  if (min == null || median == null || p99 == null || max == null) return null;
  return { min, median, p99, max };
}

/** Three significant digits are all that a median of noisy runs carries; a dash for nothing. */
export function figure(value: number | null | undefined): string {
  if (value == null) return '-';
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
