// Everything that is needed before Heartwire can run, each step only when it is stale: Node version, Debian
// packages, npm packages, the addon, the compiled TypeScript. A level names what somebody is about to do:
// `setup.mjs run` is enough for `npm start`, `setup.mjs test` for all tests.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages } from './packages.mjs';
import { fingerprint, root, run, say, unlessFresh } from './steps.mjs';

const NATIVE_SOURCES = [
  'native/addon.cc',
  'native/binding',
  'native/core',
  'native/vendor',
  'native/tools',
  'native/sources.txt',
  'binding.gyp',
];
const ADDON = ['heartwire', 'heartwire-guardian', 'heartwire-vip-echo', 'heartwire-vip-client'];

const LEVELS = {
  /** Types, lint, format, tidy: nothing native. */
  check: { packages: [], steps: [npm, tools, typescript] },
  /** `npm start`, the daemon, the demo. */
  run: { packages: ['build', 'network'], steps: [npm, addon, typescript] },
  /** Tests in JavaScript, on every Node version. */
  code: { packages: ['build', 'network', 'tests'], steps: [npm, tools, addon, simulationAddon, typescript] },
  /** Tests of the core, without Node: cmake builds them as part of the suite. */
  core: { packages: ['core', 'tests', 'fuzz'], steps: [] },
  bench: { packages: ['build', 'network', 'rivals'], steps: [npm, addon, typescript] },
  test: { packages: ['build', 'network', 'tests', 'core', 'fuzz'], steps: [npm, tools, addon, simulationAddon, typescript] },
};

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 17) || major > 26) {
    throw new Error(`Heartwire needs Node.js 20.17 to 26, and this is ${process.versions.node}`);
  }
}

/** Headers beside this Node, so that nothing has to be fetched for a build. */
function nodeGypArguments() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function npmPackages(folder, stamp) {
  const print = fingerprint([join(folder, 'package-lock.json')]);
  return unlessFresh(stamp, print, [join(folder, 'node_modules')], async () => {
    say(`installing npm packages${folder === '.' ? '' : ` of ${folder}`} ...`);
    await run('npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: join(root, folder) });
  });
}

function npm() {
  return npmPackages('.', 'npm');
}

/** Programs that npm carries for one platform only; where they do not exist, their tests are left out. */
async function tools() {
  if (process.platform === 'linux' && process.arch === 'x64') await npmPackages('test/tools', 'npm-tools');
}

function addon() {
  return build('addon', ADDON, ['heartwire.node', 'heartwire-guardian', 'heartwire-vip-echo', 'heartwire-vip-client']);
}

function simulationAddon() {
  return build('simulation-addon', ['heartwire_simulation'], ['heartwire_simulation.node']);
}

function build(stamp, targets, products) {
  const print = fingerprint(NATIVE_SOURCES, /\.(cc|h|txt|gyp)$/);
  const paths = products.map((name) => `build/Release/${name}`);
  return unlessFresh(stamp, print, paths, async () => {
    say(`building ${targets.join(', ')} (a minute or two when nothing is built yet) ...`);
    const gyp = [join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')];
    const env = { ...process.env, JOBS: String(availableParallelism()) };
    let compiled = 0;
    const shareOf = (line) => (line.includes('CXX(target)') ? `${++compiled} files` : null);
    await run('configure', process.execPath, [...gyp, 'configure', ...nodeGypArguments()], { env });
    await run('build', process.execPath, [...gyp, 'build', ...nodeGypArguments(), ...targets], { env, shareOf });
  });
}

function typescript() {
  const print = fingerprint(['lib', 'test', 'bench', 'tsconfig.json'], /\.(ts|json)$/);
  return unlessFresh('typescript', print, ['dist/lib/index.js'], async () => {
    removeOrphans();
    await run('TypeScript', join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.json']);
  });
}

/** A test whose source is gone must not run on. */
function removeOrphans() {
  if (!existsSync(join(root, 'dist'))) return;
  for (const name of readdirSync(join(root, 'dist'), { recursive: true }).map(String)) {
    const source = name.replace(/\.(js|js\.map|d\.ts)$/, '.ts');
    if (source !== name && !existsSync(join(root, source))) rmSync(join(root, 'dist', name));
  }
}

/** @param {string[]} levels names of LEVELS */
export async function setup(levels) {
  checkNode();
  await installPackages(levels.flatMap((level) => LEVELS[level].packages));
  for (const step of LEVELS.test.steps) {
    if (levels.some((level) => LEVELS[level].steps.includes(step))) await step();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const level = process.argv[2] ?? 'run';
  try {
    if (!(level in LEVELS)) throw new Error(`no level named ${level}; there are ${Object.keys(LEVELS).join(', ')}`);
    await setup([level]);
  } catch (error) {
    say(`setup: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
