// `npm run fuzz -- NAME SECONDS`: one fuzzer for as long as you like, showing what it does.
import { setup } from './setup.mjs';
import { say } from './steps.mjs';
import { fuzzerNames, fuzzers } from './suite-core.mjs';

const [name = '', seconds = '60'] = process.argv.slice(2);
if (!fuzzerNames().includes(name) || !(Number(seconds) > 0)) {
  say(`fuzz: npm run fuzz -- NAME SECONDS, where NAME is one of ${fuzzerNames().join(', ')}`);
  process.exit(2);
}
await setup(['core']);
const outcome = await fuzzers([name], Number(seconds), 'inherit');
for (const detail of outcome.details) say(detail);
process.exitCode = outcome.passed === 1 ? 0 : 1;
