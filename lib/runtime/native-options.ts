// The configuration as the native node wants it.
import { join } from 'node:path';
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import { linksOf } from '../config/links.ts';
import type { NativeNodeOptions } from '../native.ts';
import type { ClusterKey } from './types.ts';
import { wakefulLatencyUs } from './wakeful-latency.ts';

export function nativeOptions(
  config: ClusterConfig,
  node: NodeConfig,
  keys: readonly ClusterKey[],
  stateDirectory: string,
): NativeNodeOptions {
  const { heartbeat } = config;
  return {
    clusterName: config.cluster,
    nodeId: node.id,
    keys,
    authentication: config.authentication,
    links: linksOf(config, node.name),
    beatPort: heartbeat.port,
    messagePort: config.messagePort,
    broadcastPort: config.discovery.port,
    intervalUs: heartbeat.intervalUs,
    timeoutUs: heartbeat.timeoutUs,
    nicPolicy: heartbeat.nicPolicy,
    beatFormat: heartbeat.format,
    relays: heartbeat.relays,
    beatPriority: heartbeat.priority,
    lockMemory: true,
    ...(heartbeat.affinity.length === 0 ? {} : { affinity: heartbeat.affinity }),
    isolation: heartbeat.isolation,
    ...(config.keepAwake ? { awakeUs: wakefulLatencyUs() } : {}),
    livenessTimeoutMs: config.stalled.policy === 'nothing' ? 0 : config.stalled.timeoutMs,
    releaseStalled: config.stalled.policy === 'release',
    probeMs: config.probeMs,
    arpStrict: config.arpStrict,
    guard: { wanted: config.kernelGuard, memory: join(stateDirectory, 'guard') },
    ...diskOf(config, node),
  };
}

/** The shared disk is between the two voters. */
function diskOf(config: ClusterConfig, node: NodeConfig): Pick<NativeNodeOptions, 'disk'> {
  const other = config.nodes.find((candidate) => config.voters.includes(candidate.name) && candidate.id !== node.id);
  if (config.disk === null || other === undefined || !config.voters.includes(node.name)) return {};
  return { disk: { path: config.disk.device, other: other.id, leaseUs: config.disk.timeoutUs } };
}
