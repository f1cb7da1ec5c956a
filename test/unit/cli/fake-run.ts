// `heartwire run` on a runtime that is not real: the program of run-test.ts. `hang` lets nobody take over,
// `crash` throws out of nowhere, `early` is told to read its keys again before it runs.
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cluster } from '../../../lib/api/cluster.ts';
import { runCommand } from '../../../lib/cli/commands/run.ts';
import { FakeEngine } from '../support/fake-runtime.ts';

const [mode, ...words] = process.argv.slice(2);
const engine = new FakeEngine();
engine.prepare = (runtime) => {
  const command = runtime.command.bind(runtime);
  if (mode === 'hang') runtime.command = () => new Promise(() => setInterval(() => {}, 1000));
  else runtime.command = (asked) => nextTurn().then(() => command(asked));
};

await runCommand(async (config, options) => {
  if (mode === 'early') await toldToReload();
  const cluster = await Cluster.joinWith(engine, config, options);
  if (mode === 'crash') {
    setImmediate(() => {
      throw new Error('out of nowhere');
    });
  }
  if (mode === 'fail') setImmediate(() => engine.joined.emit('failed', new Error('the engine is gone')));
  engine.joined.tell('new-manager', { epoch: 1 });
  return cluster;
}).parseAsync(words, { from: 'user' });
process.stdout.write(`${JSON.stringify({ msg: 'calls', calls: engine.runtime?.calls ?? [] })}\n`);

/** Returns when the command has been told. Only its own handler stands between the signal and the end of the process. */
async function toldToReload(): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  process.kill(process.pid, 'SIGHUP');
  await once(process, 'SIGHUP');
  clearInterval(alive);
}
