// Debian packages that a level needs: installed where we are root, else named with the exact command.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run, say } from './steps.mjs';

/** Name of the package, and a command or file that shows that it is there. */
const GROUPS = {
  build: [
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
  ],
  network: [
    ['iproute2', 'ip'],
    ['nftables', 'nft'],
  ],
  /** What tests ask an address with. */
  tests: [['iputils-ping', 'ping']],
  core: [
    ['g++', 'g++'],
    ['cmake', 'cmake'],
    ['make', 'make'],
    ['libgtest-dev', '/usr/include/gtest/gtest.h'],
    ['libssl-dev', '/usr/include/openssl/evp.h'],
    ['iproute2', 'ip'],
  ],
  /** Tests that need these are counted as skipped where they cannot be had. */
  fuzz: [
    ['clang-19', 'clang++-19'],
    ['libclang-rt-19-dev', '/usr/lib/llvm-19/lib/clang/19/lib/linux'],
  ],
  /** Not corosync and pacemaker: their packages start services. The bench names the command. */
  rivals: [
    ['keepalived', 'keepalived'],
    ['ucarp', 'ucarp'],
    ['stress-ng', 'stress-ng'],
    ['socat', 'socat'],
    ['gnuplot-nox', 'gnuplot'],
  ],
};
const OPTIONAL = new Set(['fuzz', 'rivals']);

/** Whether everything of a group is installed. */
export function installed(group) {
  return missingOf(group).length === 0;
}

function missingOf(group) {
  return GROUPS[group].filter(([, sign]) => !present(sign)).map(([name]) => name);
}

function present(sign) {
  if (sign.startsWith('/')) return existsSync(sign);
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin`.split(':');
  return folders.some((folder) => existsSync(`${folder}/${sign}`));
}

export async function installPackages(groups) {
  const needed = [...new Set(groups.filter((group) => !OPTIONAL.has(group)).flatMap(missingOf))];
  const wanted = [...new Set(groups.filter((group) => OPTIONAL.has(group)).flatMap(missingOf))];
  if (needed.length + wanted.length === 0) return;
  const command = (names) => `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const able = process.getuid?.() === 0 && present('apt-get');
  if (!able && needed.length > 0) {
    throw new Error(`missing Debian packages: ${needed.join(', ')}\n  as root: apt-get update && ${command([...needed, ...wanted])}`);
  }
  if (!able) return say(`without ${wanted.join(', ')} some tests are left out; as root: apt-get update && ${command(wanted)}`);
  say(`installing Debian packages: ${[...needed, ...wanted].join(' ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
  if (needed.length > 0) await run('Debian packages', 'apt-get', command(needed).split(' ').slice(1), { env });
  if (wanted.length === 0) return;
  const result = spawnSync('apt-get', command(wanted).split(' ').slice(1), { stdio: 'ignore', env });
  if (result.status !== 0) say(`${wanted.join(', ')} cannot be installed here: some tests or rivals are left out`);
}
