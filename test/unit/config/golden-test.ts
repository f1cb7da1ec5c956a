// What people read when their configuration is wrong or doubtful: each golden/*.yaml with its *.txt.
import { readdirSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { HeartwireError } from '../../../lib/errors.ts';
import { parseConfig } from '../../../lib/config/load.ts';
import { matchGolden, unitFile } from '../support/golden.ts';

describe('configuration errors and warnings', () => {
  const cases = readdirSync(unitFile('config', 'golden')).filter((file) => file.endsWith('.yaml'));
  for (const file of cases) {
    it(file, () => {
      const text = readFileSync(unitFile('config', 'golden', file), 'utf8');
      matchGolden(`${read(text, file)}\n`, 'config', 'golden', file.replace('.yaml', '.txt'));
    });
  }
});

function read(text: string, file: string): string {
  try {
    const { warnings } = parseConfig(text, file, '/etc/heartwire');
    return ['valid', ...warnings].join('\n');
  } catch (error) {
    if (!(error instanceof HeartwireError)) throw error;
    return `${error.code} at ${error.place}\n${error.message}`;
  }
}
