// Versions of the programs that Heartwire is compared with; one that is not installed is named and left out.
import { spawnSync } from 'node:child_process';

/** What a program says of its version in one line; null when it is not installed. */
export function versionOf(program: string, argument: string): string | null {
  const result = spawnSync(program, [argument], { encoding: 'utf8' });
  if (result.error !== undefined) return null;
  return `${result.stdout}${result.stderr}`.split('\n')[0]?.trim() ?? program;
}
