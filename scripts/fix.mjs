// `npm run fix`: formats the code and mends what the linter can mend. Writes; `npm run check` never does.
import { existsSync } from 'node:fs';
import { setup } from './setup.mjs';
import { say } from './steps.mjs';
import { formatter, lintArguments } from './suite-check.mjs';
import { spawn, tail } from './suite-steps.mjs';

await setup(['check']);
const lint = spawn(process.execPath, [...lintArguments, '--fix']);
say(tail(lint.stdout) || 'lint: nothing left');
// After the linter, whose changes want formatting too.
const format = existsSync(formatter) ? spawn(formatter, ['format', '--write']) : null;
say(format === null ? `format: npm carries no formatter for ${process.arch}` : tail(`${format.stdout}\n${format.stderr}`));
process.exitCode = lint.status === 0 && (format === null || format.status === 0) ? 0 : 1;
