// The ladder of tests, from style to real networks: what each suite needs (a level of setup.mjs) and how it runs. What keeps
// one core busy for minutes and measures no time runs aside, one after the other, while the others go on.
import { check } from './suite-check.mjs';
import { fuzzerNames, fuzzers, googleTests } from './suite-core.mjs';
import { leaks } from './suite-leaks.mjs';
import { everyNode, mocha } from './suite-mocha.mjs';
import { MINUTE } from './suite-steps.mjs';

const FUZZ_SECONDS = 3;

export const suites = {
  tidy: { needs: 'check', run: () => mocha('tidy') },
  check: { needs: 'check', run: check },
  unit: { needs: 'code', run: () => mocha('unit') },
  scenarios: { needs: 'code', run: () => mocha('scenarios') },
  properties: { needs: 'code', run: () => mocha('properties', { timeoutMs: 2 * MINUTE }) },
  simulation: { needs: 'code', aside: true, run: () => mocha('simulation', { timeoutMs: 10 * MINUTE, limitMs: 30 * MINUTE }) },
  model: { needs: 'code', aside: true, run: () => mocha('model', { timeoutMs: 5 * MINUTE, limitMs: 20 * MINUTE }) },
  native: { needs: 'core', run: googleTests },
  fuzz: { needs: 'core', run: () => fuzzers(fuzzerNames(), FUZZ_SECONDS) },
  addon: { needs: 'code', run: () => everyNode('addon', { nodeArguments: ['--expose-gc'], timeoutMs: MINUTE }) },
  leaks: { needs: 'code', run: leaks },
  network: { needs: 'code', run: () => mocha('network', { lanes: 2, timeoutMs: 3 * MINUTE, limitMs: 30 * MINUTE }) },
};
