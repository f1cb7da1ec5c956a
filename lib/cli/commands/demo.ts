// `heartwire demo`: the main job in under a minute on one machine (lib/demo). Ctrl-C ends it at any time;
// whatever way it ends, nothing is left behind (lib/demo/sandbox.ts says why).
import { Command } from 'commander';
import { demo } from '../../demo/demo.ts';
import { Teller } from '../../demo/teller.ts';
import { EXIT } from '../../errors.ts';
import { printJson } from '../output.ts';

const INTERRUPTED = 130;

export function demoCommand(): Command {
  return new Command('demo')
    .description('three nodes in network namespaces on this machine, a failure, and what it cost')
    .option('--json', 'the measured facts as one JSON object at the end, and nothing else')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action(async (options: { readonly json?: boolean }) => {
      process.exitCode = await run(options.json === true);
    });
}

async function run(json: boolean): Promise<number> {
  const teller = new Teller(json ? { write: () => true } : process.stdout);
  const { signal } = untilStopped();
  try {
    const result = await demo(teller, signal);
    if (json) printJson(result);
    return result.silence.moved ? EXIT.unexpected : EXIT.ok;
  } catch (error) {
    if (!signal.aborted) throw error;
    teller.say('\nEnded before its time; nothing is left behind.');
    return INTERRUPTED;
  }
}

// A terminal sends Ctrl-C to `npm start` too, which passes it on: the second one must not cut the first
// one's orderly end short.
function untilStopped(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller;
}
