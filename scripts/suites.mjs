// The ladder of tests, from style to real networks: what each suite needs (a level of setup.mjs) and how it runs. Suites of one
// lane run one after the other, and the lanes beside each other, so that no core waits while the longest of them goes on. Then
// come those without a lane, with the machine to themselves: they are about real threads and networks.
import { check } from './suite-check.mjs';
import { fuzzerNames, fuzzers, googleTests } from './suite-core.mjs';
import { leaks } from './suite-leaks.mjs';
import { everyNode, mocha } from './suite-mocha.mjs';
import { MINUTE } from './suite-steps.mjs';

const FUZZ_SECONDS = 3;

export const suites = {
  tidy: { needs: 'check', lane: 'scripts', run: () => mocha('tidy') },
  check: { needs: 'check', lane: 'scripts', run: check },
  unit: { needs: 'code', lane: 'scripts', run: () => mocha('unit') },
  scenarios: { needs: 'code', lane: 'scripts', run: () => mocha('scenarios') },
  properties: { needs: 'code', lane: 'scripts', run: () => mocha('properties', { timeoutMs: 2 * MINUTE }) },
  simulation: { needs: 'code', lane: 'scripts', run: () => mocha('simulation', { timeoutMs: 10 * MINUTE, limitMs: 30 * MINUTE }) },
  model: { needs: 'code', lane: 'model', run: () => mocha('model', { timeoutMs: 5 * MINUTE, limitMs: 20 * MINUTE }) },
  native: { needs: 'core', lane: 'core', run: googleTests },
  leaks: { needs: 'test', lane: 'leaks', run: leaks },
  fuzz: { needs: 'core', lane: 'fuzz', run: () => fuzzers(fuzzerNames(), FUZZ_SECONDS) },
  addon: { needs: 'code', run: () => everyNode('addon', { nodeArguments: ['--expose-gc'], timeoutMs: MINUTE }) },
  network: { needs: 'code', run: () => mocha('network', { lanes: 3, timeoutMs: 3 * MINUTE, limitMs: 15 * MINUTE }) },
};
