// What a clone anywhere must be able to use: no path of one machine, no registry's address, no tool of one workplace
// in anything that is committed; exact versions; a lock file that names no host.
import assert from 'node:assert/strict';
import { type ProjectFile, projectFiles, textOf } from './support/project-files.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

// Written in parts, so that this file does not offend against itself.
const PRIVATE = [
  ['/wo', 'rk/'],
  ['/ro', 'ot/(?!\\.\\.)'],
  ['/ho', 'me/[a-z]'],
  ['/tm', 'p/(brief|bash_jobs)'],
  ['registry\\.npm', 'js\\.org'],
  ['registry\\.ya', 'rnpkg\\.com'],
  ['\\bfa', 'rm-[a-z]'],
  ['\\.libr', 'ary\\b'],
  ['sha', 'red/(seeds|reading|design|spec|safety|hooks)'],
  ['\\b(issues|duplicates) ', '(show|list|close|--change)'],
].map((parts) => new RegExp(parts.join('')));

function privateWords({ path, text }: ProjectFile): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      PRIVATE.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
    );
}

function inexact(versions: Readonly<Record<string, string>>): string[] {
  return Object.entries(versions)
    .filter(([, version]) => !/^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/.test(version))
    .map(([name]) => name);
}

function hosts(lock: string): string[] {
  return lock
    .split('\n')
    .filter(
      (line) =>
        /"resolved"/.test(line) || (/https?:\/\//.test(line) && !/^\s*"url":/.test(line) && !/^\s*"(funding|deprecated)":/.test(line)),
    );
}

describe('tidy: wording', () => {
  const manifest = (path: string): Manifest => ({
    dependencies: {},
    devDependencies: {},
    scripts: {},
    ...(JSON.parse(textOf(path)) as Partial<Manifest>),
  });

  it('names nothing of one machine or workplace', () => assert.deepEqual(projectFiles().flatMap(privateWords), []));

  it('pins exact versions', () => {
    for (const path of ['package.json', 'test/tools/package.json']) {
      const { dependencies, devDependencies } = manifest(path);
      assert.deepEqual(inexact({ ...dependencies, ...devDependencies }), [], path);
    }
  });

  it('locks packages without naming a registry', () => {
    for (const path of ['package-lock.json', 'test/tools/package-lock.json']) {
      assert.ok(textOf(path).length > 0, path);
      assert.deepEqual(hosts(textOf(path)), [], path);
    }
  });

  it('runs nothing when it is installed', () => {
    assert.deepEqual(
      Object.keys(manifest('package.json').scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name)),
      [],
    );
  });
});

describe('tidy: wording, on planted files', () => {
  it('finds each', () => {
    for (const text of [
      ['/wo', 'rk/main'],
      ['/ro', 'ot/.npm'],
      ['https://registry.npm', 'js.org/a'],
      ['see fa', 'rm-post'],
    ].map((parts) => parts.join(''))) {
      assert.deepEqual(privateWords({ path: 'a.md', text }), [`a.md:1: ${text}`]);
    }
    assert.deepEqual(privateWords({ path: 'a.md', text: 'a network of hard workers, root, at home' }), []);
    assert.deepEqual(inexact({ a: '^1.2.3', b: '1.2.3', c: 'npm:typescript@7.0.2', d: 'latest' }), ['a', 'd']);
    assert.equal(hosts('"resolved": "https://a/b.tgz",\n"url": "https://opencollective.com/b"').length, 1);
  });
});
