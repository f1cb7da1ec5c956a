// Which Heartwire was measured: figures of two versions may stand in one table, but not unnoticed.
import { execFileSync } from 'node:child_process';

/** The commit, with a plus where what is built may differ from it; 'unknown' outside of a clone. */
export function measuredVersion(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'native', 'lib', 'bench', ':!bench/results');
    return `${git('rev-parse', '--short=9', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
