// The long form of the simulation: `npm run simulate -- --seeds 10000 [--from 1] [--bug NAME] [--cluster
// majority|witness|disk|none|parameters|networks|adapters|gaps|groups|moves|restarts|full-disks]`, or one seed again with `--seed N` (prints its last events). Tells at the end what it has seen.
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { simulation } from './engine-port.ts';
import {
  optionsOf,
  optionsOfDisk,
  optionsOfAdapters,
  optionsOfFullDisks,
  optionsOfNetworks,
  optionsOfGaps,
  optionsOfGroups,
  optionsOfMoves,
  optionsOfParameters,
  optionsOfRestarts,
  optionsOfTwo,
  optionsOfWitness,
  type SimulationOptions,
} from './options.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    bug: { type: 'string', default: 'none' },
    cluster: { type: 'string', default: 'majority' },
  },
});
const kinds: Readonly<Record<string, (seed: number, bug: number) => SimulationOptions>> = {
  majority: optionsOf,
  witness: optionsOfWitness,
  disk: optionsOfDisk,
  none: optionsOfTwo,
  parameters: optionsOfParameters,
  networks: optionsOfNetworks,
  adapters: optionsOfAdapters,
  gaps: optionsOfGaps,
  'full-disks': optionsOfFullDisks,
  groups: optionsOfGroups,
  moves: optionsOfMoves,
  restarts: optionsOfRestarts,
};
const kind = kinds[values.cluster];
if (kind === undefined) throw new Error(`no cluster '${values.cluster}'; there are: ${Object.keys(kinds).join(', ')}`);
const bug = simulation.plantedBugs.indexOf(values.bug);
if (bug < 0) throw new Error(`no planted bug '${values.bug}'; there are: ${simulation.plantedBugs.join(', ')}`);

if (values.seed !== undefined) {
  const outcome = simulate(kind(Number(values.seed), bug));
  for (const line of outcome.lastLines) console.log(line);
  console.log(outcome.violation ?? 'no violation');
  process.exitCode = outcome.violation === null ? 0 : 1;
} else {
  const from = Number(values.from);
  const count = Number(values.seeds);
  const started = Date.now();
  const faults: Record<string, number> = {};
  let simulatedMs = 0;
  let steps = 0;
  let takeovers = 0;
  let changesOfNetworks = 0;
  let adapterMoves = 0;
  let violations = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = simulate(kind(seed, bug));
    await turnOfTheLoop(); // engines that were collected are freed only then: 16 MB a seed
    simulatedMs += outcome.simulatedMs;
    steps += outcome.steps;
    takeovers += outcome.takeovers;
    changesOfNetworks += outcome.changesOfNetworks;
    adapterMoves += outcome.adapterMoves;
    for (const [kind, times] of Object.entries(outcome.faults)) faults[kind] = (faults[kind] ?? 0) + times;
    if (outcome.violation !== null) {
      violations++;
      console.log(
        `seed ${seed}: ${outcome.violation}\n  again: npm run simulate -- --cluster ${values.cluster} --seed ${seed}${bug === 0 ? '' : ` --bug '${values.bug}'`}`,
      );
    }
    if ((seed - from + 1) % 500 === 0)
      console.log(`${seed - from + 1} seeds, ${violations} violations, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
  const seconds = (Date.now() - started) / 1000;
  console.log(
    JSON.stringify({
      seeds: count,
      violations,
      simulatedHours: simulatedMs / 3.6e6,
      events: steps,
      takeovers,
      changesOfNetworks,
      adapterMoves,
      faults,
      seconds,
    }),
  );
  process.exitCode = violations === 0 ? 0 : 1;
}
