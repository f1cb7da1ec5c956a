// How long from the decision to take an address until the network has heard of it, until the kernel has confirmed it, and until
// it is off again: the address thread alone, on one end of a wire of its own (native/tools/address_bench.cc).
import { execFileSync } from 'node:child_process';
import { coreTool } from '../support/core-tool.ts';
import type { Latency } from './latency.ts';

/** Empty without the rights to make a network namespace. @param runs takeovers of one address */
export function addressLatencies(runs: number): Latency[] {
  if (process.getuid?.() !== 0) {
    process.stderr.write('takeovers of addresses: left out, they need root\n');
    return [];
  }
  const printed = execFileSync(coreTool('address_bench'), [String(runs)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Latency);
}
