// `npm test`: sets up what is missing, then runs the suites (all, or those named), a line each, what failed in full,
// and as the last line how many passed and failed.
import { setup } from './setup.mjs';
import { say } from './steps.mjs';
import { suites } from './suites.mjs';

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in suites));
if (unknown.length > 0) {
  say(`test: no suite named ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}
const total = { passed: 0, failed: 0, skipped: 0 };
try {
  setup('test');
} catch (error) {
  say(`test: ${error instanceof Error ? error.message : String(error)}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
for (const name of named.length > 0 ? named : Object.keys(suites)) {
  const started = Date.now();
  const outcome = suites[name]();
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
  console.log(`${outcome.failed > 0 ? 'FAIL' : ' ok '} ${name.padEnd(11)} ${seconds} s  ${outcome.passed} passed, ${outcome.failed} failed${skipped}`);
  for (const detail of outcome.details) console.log(`     ${detail.replaceAll('\n', '\n     ')}`);
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
