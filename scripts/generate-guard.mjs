// Compiles native/core/guard/guard.bpf.c into native/core/guard/guard_instructions.h, which is checked in, so that users
// need no compiler for BPF. `--check` compares instead of writing: exit 1 when they differ, 3 when there is no such compiler.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'clang-19'; // another version makes other instructions of the same source
const SECTIONS = { in: 'kIngress', out: 'kEgress', time: 'kClock' };
const folder = fileURLToPath(new URL('../native/core/guard/', import.meta.url));
const header = join(folder, 'guard_instructions.h');

function compile(work) {
  const object = join(work, 'guard.o');
  const options = [
    '-target',
    'bpf',
    '-mcpu=v2',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-I/usr/include/x86_64-linux-gnu',
    '-I/usr/include/aarch64-linux-gnu',
  ];
  execFileSync(COMPILER, [...options, '-c', join(folder, 'guard.bpf.c'), '-o', object]);
  return Object.entries(SECTIONS).map(([section, name]) => {
    const raw = join(work, section);
    execFileSync('objcopy', ['-I', 'elf64-little', '-O', 'binary', `--only-section=${section}`, object, raw]);
    return [name, readFileSync(raw)];
  });
}

function text(programs) {
  const arrays = programs.map(([name, bytes]) => {
    const words = Array.from(
      { length: bytes.length / 8 },
      (_, index) =>
        `0x${bytes
          .readBigUInt64LE(index * 8)
          .toString(16)
          .padStart(16, '0')}`,
    );
    const lines = Array.from(
      { length: Math.ceil(words.length / 6) },
      (_, line) => `    ${words.slice(line * 6, line * 6 + 6).join(', ')},`,
    );
    return `inline constexpr std::array<std::uint64_t, ${words.length}> ${name}{{\n${lines.join('\n')}\n}};`;
  });
  return `// Generated from guard.bpf.c by scripts/generate-guard.mjs (${COMPILER}); little-endian machines only.
#pragma once
#include <array>
#include <cstdint>

namespace heartwire::guard_instructions {

${arrays.join('\n\n')}

}  // namespace heartwire::guard_instructions
`;
}

if (spawnSync(COMPILER, ['--version']).status !== 0) {
  process.stderr.write(`there is no ${COMPILER} here\n`);
  process.exit(3);
}
const work = mkdtempSync(join(tmpdir(), 'heartwire-guard-'));
try {
  const made = text(compile(work));
  if (!process.argv.includes('--check')) writeFileSync(header, made);
  else if (readFileSync(header, 'utf8') !== made) {
    process.stderr.write('guard_instructions.h is not what guard.bpf.c makes: run node scripts/generate-guard.mjs\n');
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true });
}
