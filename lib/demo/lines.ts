// Reads a stream line by line, each line handed over as soon as it is complete. The programs on a stage
// speak JSON, one object a line.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', take);
}

/** Null when the line is no JSON object, as with a stray message of a program. */
export function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
