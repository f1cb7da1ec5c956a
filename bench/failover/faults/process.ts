// Faults of the processes that keep the address: the machine below them lives on.
import { waitFor } from '../../../lib/demo/wait-for.ts';
import type { BenchFault, Scene } from '../fault.ts';
import { isAlive } from '../systems/process-tree.ts';
import type { Processes, Running } from '../system.ts';

const ENDING_MS = 20_000;

function processesOf({ running, owner }: Pick<Scene, 'running' | 'owner'>): Processes {
  const processes = running.processes(owner);
  if (processes === null) throw new Error(`node ${owner} has no process`);
  return processes;
}

function signal(name: string, detail: string, which: 'daemon' | 'main' | 'all', sent: NodeJS.Signals): BenchFault {
  return {
    name,
    detail,
    expected: 'moves',
    hits: 'processes',
    unfit: (running: Running, owner: number) => (running.processes(owner) === null ? 'no process at the owner' : null),
    prepare: (scene) => {
      const processes = processesOf(scene);
      const hit = [processes[which]].flat();
      return Promise.resolve(() => {
        for (const pid of hit) process.kill(pid, sent);
      });
    },
  };
}

export const killed: BenchFault = signal('daemon killed', 'SIGKILL to the daemon of the owner', 'daemon', 'SIGKILL');

export const stopped: BenchFault = {
  ...signal('daemon stopped', 'SIGSTOP to the daemon of the owner; SIGCONT after the takeover', 'daemon', 'SIGSTOP'),
  end: (scene) => {
    const processes = scene.running.processes(scene.owner);
    if (processes !== null) process.kill(processes.daemon, 'SIGCONT');
    return Promise.resolve();
  },
};

const terminated: BenchFault = {
  ...signal('daemon terminated', 'SIGTERM to the main process of the owner', 'main', 'SIGTERM'),
  end: async (scene) => {
    const gone = (): boolean => !isAlive(scene.running.processes(scene.owner)?.main ?? 0);
    await waitFor('the end of what was terminated', gone, { deadlineMs: ENDING_MS });
  },
};

export const plannedMove: BenchFault = {
  name: 'planned move',
  detail: 'the address is moved to another node by command',
  expected: 'moves',
  hits: 'processes',
  unfit: (running) => (running.move === null ? 'knows no planned move' : null),
  prepare: ({ running, owner }) => Promise.resolve(async () => running.move?.(owner)),
};

export const processFaults: readonly BenchFault[] = [
  killed,
  signal('daemon and guardian killed', 'SIGKILL to all processes of the owner in one go, helpers first', 'all', 'SIGKILL'),
  signal('daemon crashed', 'SIGSEGV to the daemon of the owner', 'daemon', 'SIGSEGV'),
  stopped,
  terminated,
  plannedMove,
];
