// The machine that a figure was taken on: a figure without it says nothing.
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly load1: number;
  readonly root: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export function machineFacts(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load1: loadavg()[0] ?? 0,
    root: process.getuid?.() === 0,
    at: new Date().toISOString(),
  };
}

export function machineLine(machine: Machine): string {
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, ` +
    `load ${machine.load1.toFixed(2)} at the start, ${machine.root ? 'root' : 'not root'}, ${machine.at.slice(0, 16)}Z.`
  );
}
