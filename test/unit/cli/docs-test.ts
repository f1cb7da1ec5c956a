// docs/cli.md names every command and option, and docs/api.md every member, event and request.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../../../lib/api/cluster.ts';
import { Daemon } from '../../../lib/api/daemon.ts';
import { allCommands, buildProgram } from '../../../lib/cli/program.ts';
import { EXIT } from '../../../lib/errors.ts';
import { packageRoot } from '../../../lib/package-root.ts';

function document(name: string): string {
  return readFileSync(join(packageRoot, 'docs', name), 'utf8');
}

describe('docs', () => {
  it('cli.md has every command, option and exit code', () => {
    const text = document('cli.md');
    const program = buildProgram();
    for (const command of allCommands(program)) {
      if (command !== program && command.parent === program)
        assert.match(text, new RegExp(`^## .*heartwire ${command.name()}\\b`, 'm'), command.name());
      if (command.parent !== null && command.parent !== program)
        assert.ok(text.includes(`heartwire ${command.parent.name()} ${command.name()}`), command.name());
      for (const option of command.options) assert.match(text, new RegExp(`${option.long}\\b`), `${command.name()} ${option.flags}`);
    }
    for (const code of Object.values(EXIT)) assert.match(text, new RegExp(`^\\| ${code} \\|`, 'm'));
  });

  it('api.md has every public member', () => {
    const text = document('api.md');
    const members = [Cluster, Daemon]
      .flatMap((type) => Object.getOwnPropertyNames(type.prototype))
      .filter((name) => name !== 'constructor');
    for (const member of members) assert.match(text, new RegExp(`\`(cluster\\.)?${member}\\b`), member);
  });

  it('api.md has every event', () => {
    const text = document('api.md');
    const types = ['lib/protocol/types.ts', 'lib/runtime/types.ts'].map((file) => readFileSync(join(packageRoot, file), 'utf8'));
    const names = types.flatMap((source, index) =>
      namesIn(source.replace(/\/\*\*.*\*\//g, ''), index === 0 ? /CLUSTER_EVENTS = \[\n([^;]*);/ : /type LocalEventName =\n([^;]*);/),
    );
    assert.ok(names.length > 25, names.join(' '));
    for (const name of names) assert.ok(text.includes(`\`${name}\``), name);
  });

  it('api.md has every request', () => {
    const source = readFileSync(join(packageRoot, 'lib/control/requests.ts'), 'utf8');
    const words = [...source.matchAll(/command: z\.(?:literal|enum)\((.*?)\)/g)].map((match) => match[1] ?? '');
    const names = [...words.join(' ').matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '');
    assert.equal(names.length, 25, names.join(' '));
    for (const name of names) assert.match(document('api.md'), new RegExp(`^\\| .*\`${name}\``, 'm'), name);
  });
});

/** Quoted words in the part of a source that a pattern finds. */
function namesIn(source: string, part: RegExp): string[] {
  const found = part.exec(source)?.[1] ?? '';
  return [...found.matchAll(/'([a-zA-Z-]+)'/g)].map((match) => match[1] ?? '');
}
