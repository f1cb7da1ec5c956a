// `npm start`: builds what is missing, then runs the main job, the demo.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { root, say } from './steps.mjs';

try {
  await setup(['run']);
} catch (error) {
  say(`heartwire: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
const demo = spawn(process.execPath, [join(root, 'dist/lib/cli/main.js'), 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
