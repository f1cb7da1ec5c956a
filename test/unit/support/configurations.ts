// What a node says of its configurations: version 1 runs, and version 2, with another address, waits to be applied.
import { checksumsOf, parametersChecksum, wholeDigestOf } from '../../../lib/config/versions/checksums.ts';
import { planOf } from '../../../lib/config/versions/plan.ts';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import type { ConfigurationReport, ConfigurationVersion } from '../../../lib/runtime/types.ts';
import { sample } from '../config/samples.ts';

export function sampleReport(): ConfigurationReport {
  const [before, after] = [sample('addresses: [{address: 10.77.0.1/24}]\n'), sample('addresses: [{address: 10.77.0.2/24}]\n')];
  return {
    active: versionOf(before, 1, null),
    default: versionOf(after, 2, '3.16'),
    text: after.text,
    plan: planOf(before, after),
    parameters: { version: '0.0', values: [] },
    running: null,
    history: [
      { version: 1, atMs: 1_700_000_000_000, ...checksumsOf(before), parameters: { version: '0.0', checksum: parametersChecksum(before) } },
    ],
  };
}

function versionOf(config: ClusterConfig, version: number, agreement: string | null): ConfigurationVersion {
  const checksums = { ...checksumsOf(config), parameters: parametersChecksum(config) };
  return { version, agreement, digest: wholeDigestOf(config), ...checksums };
}
