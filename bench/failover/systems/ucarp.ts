// ucarp as it comes: an advertisement a second, the address added and removed by scripts.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../../lib/demo/sandbox.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { addressOf, interfaceName, nodeIds, nodeName } from '../../../lib/demo/topology.ts';
import { type Running, type System, VIRTUAL_ADDRESS } from '../system.ts';
import { versionOf } from './installed.ts';
import { Programs } from './programs.ts';

const SKEWS = [0, 10, 100];
const FOLDER = `${SANDBOX_DIRECTORY}/ucarp`;

export function ucarp(): System {
  return {
    name: 'ucarp 1 s x 3',
    detail: 'ucarp 1.5.2: advbase 1, deadratio 3, skews 0, 10, 100; a planned move is SIGUSR2 (demote)',
    missing: versionOf('ucarp', '--help') === null ? 'ucarp' : null,
    slow: true,
    deadlineMs: 20_000,
    steadyMs: 3000,
    settleMs: 4000,
    start: (stage) => Promise.resolve(start(stage)),
  };
}

function start(stage: Stage): Running {
  mkdirSync(stage.sandbox.path(FOLDER), { recursive: true });
  script(stage, 'up', 'add');
  script(stage, 'down', 'del');
  const programs = new Programs();
  for (const node of nodeIds(stage.topology)) {
    const own = [
      `--interface=${interfaceName(0)}`,
      `--srcip=${addressOf(stage.topology, nodeName(node), 0)}`,
      `--advskew=${SKEWS[node - 1] ?? 100}`,
    ];
    const shared = ['--vhid=1', '--pass=bench', `--addr=${VIRTUAL_ADDRESS}`, '--advbase=1', '--shutdown'];
    const scripts = [`--upscript=${FOLDER}/up`, `--downscript=${FOLDER}/down`];
    programs.add(node, stage.spawn(nodeName(node), ['ucarp', ...own, ...shared, ...scripts]));
  }
  return {
    processes: (node) => programs.processes(node),
    move: (owner) => {
      process.kill(programs.processes(owner)?.main ?? 0, 'SIGUSR2');
      return Promise.resolve();
    },
    blockEventLoops: null,
    restore: null,
    acquiredMs: () => [],
    log: () => programs.said,
  };
}

function script(stage: Stage, name: string, verb: string): void {
  const path = stage.sandbox.path(`${FOLDER}/${name}`);
  writeFileSync(path, `#!/bin/sh\nexec ip address ${verb} ${VIRTUAL_ADDRESS}/24 dev "$1"\n`);
  chmodSync(path, 0o755);
}
