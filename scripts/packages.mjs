// Debian packages that a level needs: installed where we are root, else named with the exact command.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run, say } from './steps.mjs';

/** [package, a file or command that shows it is there] */
const LEVELS = {
  run: [
    ['g++', 'g++'], ['make', 'make'], ['python3', 'python3'], ['iproute2', 'ip'], ['nftables', 'nft'],
  ],
  test: [
    ['cmake', 'cmake'], ['libgtest-dev', '/usr/include/gtest/gtest.h'], ['libssl-dev', '/usr/include/openssl/evp.h'],
    ['socat', 'socat'], ['clang-19', 'clang++-19'], ['libclang-rt-19-dev', '/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a'],
  ],
  bench: [['keepalived', 'keepalived']],
};

function present(sign) {
  if (sign.startsWith('/')) return existsSync(sign);
  const paths = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin`;
  return paths.split(':').some((folder) => existsSync(`${folder}/${sign}`));
}

export function installPackages(levels) {
  const missing = levels.flatMap((level) => LEVELS[level] ?? []).filter(([, sign]) => !present(sign)).map(([name]) => name);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !present('apt-get')) {
    throw new Error(`missing Debian packages: ${missing.join(', ')}\n  as root: apt-get update && ${command}`);
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
  run('Debian packages', 'apt-get', command.split(' ').slice(1), { env });
}
