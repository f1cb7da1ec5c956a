// What a node's keeper of parameters stands on: its disk and its engine, and what may keep one node from parameters that all others could take: the packets its networks carry, the promises of its third
// vote. So a change that would only fail here fails everywhere, before anything is changed (P1).
import { readFileSync } from 'node:fs';
import { formatDurationUs } from '../config/duration.ts';
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import { parameterBaseOf } from '../config/parameters.ts';
import { settingsIn } from '../config/written-parameters.ts';
import { linksOf } from '../config/links.ts';
import { restoredParameters } from '../protocol/parameters/restoring.ts';
import type { RoundRecord } from '../protocol/rounds/state.ts';
import type { NativeNode } from '../native.ts';
import type { Journal } from './journal.ts';
import { readParameters, writeParameters } from './parameter-file.ts';
import { ParameterKeeper, type ParameterPlace } from './parameter-keeper.ts';
import type { Places } from './places.ts';
import type { Registers } from './registers.ts';
import { timingOfCluster } from '../protocol/parameters/checking.ts';
import { type ParameterSet, valueAt } from '../protocol/parameters/settings.ts';

/** On the wire a fragment is so much longer: our header and tag, UDP, IPv6. */
const AROUND_BYTES = 112 + 48;

interface Shelf {
  readonly native: NativeNode;
  readonly journal: Journal;
  readonly registers: Registers;
  readonly places: Places;
  readonly stateDirectory: string;
}

/** What was kept, and decided since; what the configuration names, where nothing was. @throws what the file system throws, or what is wrong with the file */
export function presentParameters(config: ClusterConfig, stateDirectory: string, records: readonly RoundRecord[]): ParameterSet {
  const kept = readParameters(stateDirectory) ?? { version: 0n, settings: settingsIn(config) };
  return restoredParameters(kept, records);
}

export function parameterKeeper(
  config: ClusterConfig,
  node: NodeConfig,
  set: ParameterSet,
  { native, journal, registers, places, stateDirectory }: Shelf,
): ParameterKeeper {
  return new ParameterKeeper(parameterPlace(config, node), set, {
    native,
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    allowLease: (leaseUs) => journal.allowLease(leaseUs),
    setLease: (leaseUs) => [registers, places].forEach((each) => each.setLease(leaseUs)),
    keep: (kept) => writeParameters(stateDirectory, kept),
  });
}

function parameterPlace(config: ClusterConfig, node: NodeConfig): ParameterPlace {
  return {
    self: node.id,
    base: parameterBaseOf(config),
    nicPolicy: config.heartbeat.nicPolicy,
    hasOwnLease: config.witness?.node === node.name,
    problemOf: (set) => localProblem(config, node, set),
  };
}

function localProblem(config: ClusterConfig, node: NodeConfig, set: ParameterSet): string | null {
  const base = parameterBaseOf(config);
  const { silenceUs } = timingOfCluster(set, base);
  const third = config.witness ?? config.disk;
  if (third !== null && silenceUs > third.timeoutUs)
    return `a lease of ${formatDurationUs(silenceUs)} is longer than what the ${config.quorum} promises (${formatDurationUs(third.timeoutUs)})`;
  const bytes = valueAt(set, base, 'messages.fragment_size', node.id);
  for (const link of linksOf(config, node.name)) {
    const mtu = link.interface === undefined ? null : mtuOf(link.interface);
    if (mtu !== null && bytes > base['messages.fragment_size'] && bytes + AROUND_BYTES > mtu)
      return `${link.interface} carries ${mtu} bytes, fragments of ${bytes} need ${bytes + AROUND_BYTES}`;
  }
  return null;
}

function mtuOf(name: string): number | null {
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
    return Number.isInteger(mtu) && mtu > 0 ? mtu : null;
  } catch {
    return null;
  }
}
