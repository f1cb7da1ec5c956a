// Everything that is needed before Heartwire can run, each step only when it is stale: Node version, Debian
// packages, npm packages, the addon, the compiled TypeScript, the demo's small tools. `setup.mjs run` is enough
// for `npm start`; `setup.mjs test` adds what the tests need.
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages } from './packages.mjs';
import { fingerprint, root, run, say, unlessFresh } from './steps.mjs';

const NATIVE_FILES = /\.(cc|h|txt|gyp|json)$/;

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 17)) {
    throw new Error(`Node.js ${process.versions.node} is too old: Heartwire needs 20.17 or later`);
  }
}

/** Headers beside this Node, so that nothing has to be fetched for a build. */
export function nodeGypArguments() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function npmPackages(folder, name) {
  const print = fingerprint([join(folder, 'package-lock.json')]);
  unlessFresh(name, print, [join(folder, 'node_modules')], () => {
    say(`installing npm packages${folder === '.' ? '' : ` of ${folder}`} ...`);
    run('npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: join(root, folder) });
  });
}

function addon() {
  const print = fingerprint(['native/addon.cc', 'native/binding', 'native/core', 'native/vendor', 'native/sources.txt', 'binding.gyp'], NATIVE_FILES);
  const products = ['build/Release/heartwire.node', 'build/Release/heartwire_simulation.node'];
  unlessFresh('addon', print, products, () => {
    say('building the addon (a minute on two cores) ...');
    const env = { ...process.env, JOBS: String(availableParallelism()) };
    const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    const configured = existsSync(join(root, 'build', 'Makefile'));
    if (!configured) run('configure', process.execPath, [gyp, 'configure', ...nodeGypArguments()], { env });
    else run('configure', process.execPath, [gyp, 'configure', ...nodeGypArguments()], { env });
    run('addon', process.execPath, [gyp, 'build', ...nodeGypArguments()], { env });
  });
}

function typescript() {
  const print = fingerprint(['lib', 'test', 'bench', 'tsconfig.json'], /\.(ts|json)$/);
  unlessFresh('typescript', print, ['dist/lib/index.js'], () => {
    run('TypeScript', join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.json']);
  });
}

function tools() {
  const names = ['vip_echo', 'vip_client'];
  const print = fingerprint(['native/tools'], /\.(cc|h)$/);
  mkdirSync(join(root, 'build', 'tools'), { recursive: true });
  unlessFresh('tools', print, names.map((name) => `build/tools/${name}`), () => {
    for (const name of names) {
      run(name, 'g++', ['-std=c++20', '-O2', '-Wall', '-Wextra', '-Werror', '-I', 'native', `native/tools/${name}.cc`, '-o', `build/tools/${name}`, '-pthread']);
    }
  });
}

/** @param {'run' | 'test' | 'bench'} level */
export function setup(level) {
  checkNode();
  installPackages(level === 'run' ? ['run'] : level === 'test' ? ['run', 'test'] : ['run', 'bench']);
  npmPackages('.', 'npm');
  if (level === 'test') npmPackages('test/tools', 'npm-tools');
  addon();
  typescript();
  tools();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    setup(process.argv[2] ?? 'run');
  } catch (error) {
    say(`setup: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
