// Tables without frames: rows can be cut, sorted and searched by other tools, and fit narrow terminals.
import Table from 'cli-table3';
import type { Paint } from './output.ts';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const lines = new Table({ chars: BARE, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  lines.push(
    head.map((word) => paint('dim', word)),
    ...rows.map((row) => [...row]),
  );
  return lines
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
