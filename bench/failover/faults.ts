// All faults, in the order of the table.
import type { BenchFault } from './fault.ts';
import { hardships } from './faults/hardship.ts';
import { networkFaults } from './faults/network.ts';
import { processFaults } from './faults/process.ts';

export const allFaults: readonly BenchFault[] = [...networkFaults, ...processFaults, ...hardships];
