// The addon once more under AddressSanitizer and UBSan, in a package root of its own (build/asan), so that the compiled
// tests beside it load this one. Its core is the one that the core's own tests run under these sanitizers, built once for both
// (it can plant bugs, too, and plants none). Only what has changed is compiled again.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './steps.mjs';
import { ending, spawnAside } from './suite-steps.mjs';

export const asanRoot = join(root, 'build', 'asan');
const FLAGS = [
  '-std=c++20',
  '-O1',
  '-g',
  '-fPIC',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-MMD',
];
const DEFINES = [
  '-DNAPI_VERSION=9',
  '-DNODE_ADDON_API_DISABLE_DEPRECATED',
  '-DBUILDING_NODE_EXTENSION',
  '-DNODE_GYP_MODULE_NAME=heartwire',
  '-DHEARTWIRE_PLANT_LEAK',
];

function sources() {
  const binding = readdirSync(join(root, 'native/binding'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => `binding/${name}`);
  return ['addon.cc', ...binding];
}

function makefile(include, core) {
  const objects = sources().map((name) => `objects/${name.replaceAll('/', '-')}.o`);
  const rules = sources().map((name, index) => `${objects[index]}: ${join(root, 'native', name)}\n\t$(CXX) $(FLAGS) -c $< -o $@\n`);
  const flags = [...FLAGS, ...DEFINES, `-I${join(root, 'native')}`, `-I${join(root, 'node_modules/node-addon-api')}`, `-I${include}`];
  return `FLAGS = ${flags.join(' ')}\nbuild/Release/heartwire.node: ${objects.join(' ')} ${core}\n\t$(CXX) -shared -fsanitize=address,undefined $^ -o $@\n${rules.join('')}-include objects/*.d\n`;
}

/** What the tests need beside the addon: their compiled code, the packages, and a package.json that names the root. */
function furnish() {
  for (const name of ['package.json', 'dist']) {
    rmSync(join(asanRoot, name), { recursive: true, force: true });
    cpSync(join(root, name), join(asanRoot, name), { recursive: true });
  }
  if (!existsSync(join(asanRoot, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(asanRoot, 'node_modules'));
}

/** Where node-gyp has found them when it built what ships. */
function headers() {
  const [, folder] = /"nodedir": "([^"]+)"/.exec(readFileSync(join(root, 'build', 'config.gypi'), 'utf8')) ?? [];
  return join(folder ?? dirname(dirname(process.execPath)), 'include', 'node');
}

/**
 * @param core the static library of the core, under the same sanitizers
 * @returns null, or why it cannot be built.
 */
export async function buildAsan(core) {
  const include = headers();
  if (!existsSync(include) || !statSync(include).isDirectory()) return `the headers of this Node are not at ${include}`;
  for (const folder of ['objects', 'build/Release']) mkdirSync(join(asanRoot, folder), { recursive: true });
  writeFileSync(join(asanRoot, 'Makefile'), makefile(include, core));
  const make = await spawnAside('make', [`-j${Math.min(availableParallelism(), 2)}`], { cwd: asanRoot });
  if (make.status !== 0) return ending(make, 'build of the addon under AddressSanitizer');
  furnish();
  return null;
}
