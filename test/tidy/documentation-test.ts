// Nothing that people can type or meet goes undocumented: commands and npm scripts in the README, error codes in the
// one table (whose words test/unit/errors holds against docs/errors.md).
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { errorTable } from '../../lib/errors.ts';
import { filesUnder, type ProjectFile, projectFiles, textOf } from './support/project-files.ts';

function undocumentedCommands(files: readonly string[], readme: string): string[] {
  const names = files.map((path) => basename(path, '.ts')).filter((name) => !name.endsWith('-placeholder'));
  return names.filter((name) => !new RegExp(`\\bheartwire ${name}\\b`).test(readme));
}

function undocumentedScripts(scripts: Readonly<Record<string, string>>, readme: string): string[] {
  return Object.keys(scripts).filter((name) => !readme.includes(`npm ${name === 'start' || name === 'test' ? name : `run ${name}`}`));
}

/** Codes that code throws or tests match although the table does not know them. */
function unknownCodes({ path, text }: ProjectFile, known: ReadonlySet<string>): string[] {
  return [...text.matchAll(/\bHW_[A-Z]+(?:_[A-Z]+)*\b/g)].filter((match) => !known.has(match[0])).map((match) => `${path}: ${match[0]}`);
}

const codes: ReadonlySet<string> = new Set(Object.keys(errorTable));

describe('tidy: documentation', () => {
  it('names every command in the README', () => {
    const files = filesUnder('lib/cli/commands', '.ts').map((file) => file.path);
    assert.ok(files.length > 0);
    assert.deepEqual(undocumentedCommands(files, textOf('README.md')), []);
  });

  it('names every npm script in the README', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    assert.deepEqual(undocumentedScripts(scripts, textOf('README.md')), []);
  });

  it('shows the complete example of a configuration in the README', () => {
    const example = textOf('config/example.yaml').trimEnd();
    assert.ok(example.length > 0 && textOf('README.md').includes(example));
  });

  it('knows every error code that code and documents speak of', () => {
    const files = projectFiles().filter((file) => /^(lib|native|docs)\/|^README\.md$/.test(file.path));
    assert.deepEqual(
      files.flatMap((file) => unknownCodes(file, codes)),
      [],
    );
  });

  it('documents every error code', () => {
    const text = textOf('docs/errors.md');
    assert.deepEqual(
      [...codes].filter((code) => !text.includes(`\`${code}\``)),
      [],
    );
  });
});

describe('tidy: documentation, on planted gaps', () => {
  it('finds each', () => {
    assert.deepEqual(undocumentedCommands(['lib/cli/commands/move.ts', 'lib/cli/commands/run.ts'], 'heartwire run, heartwire moves'), [
      'move',
    ]);
    assert.deepEqual(undocumentedScripts({ start: '', fix: '' }, 'npm start'), ['fix']);
    assert.deepEqual(unknownCodes({ path: 'native/a.cc', text: '"HW_USAGE" "HW_NEVER_HEARD_OF"' }, codes), [
      'native/a.cc: HW_NEVER_HEARD_OF',
    ]);
  });
});
