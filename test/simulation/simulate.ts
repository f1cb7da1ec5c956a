// One simulated run from its seed.
import { optionsOf, type SimulationOptions } from './options.ts';
import { World, type Outcome } from './world.ts';

export function simulate(options: SimulationOptions): Outcome {
  return new World(options).run();
}

export function simulateSeed(seed: number, plantedBug = 0): Outcome {
  return simulate(optionsOf(seed, plantedBug));
}
