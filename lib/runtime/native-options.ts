// The configuration as the native node wants it.
import { join } from 'node:path';
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import { linksOf } from '../config/links.ts';
import type { NativeNodeOptions } from '../native.ts';
import type { ClusterKey } from './types.ts';

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
    beatPriority: heartbeat.priority,
    lockMemory: true,
    ...(heartbeat.affinity.length === 0 ? {} : { affinity: heartbeat.affinity }),
    livenessTimeoutMs: config.stalled.policy === 'nothing' ? 0 : config.stalled.timeoutMs,
    releaseStalled: config.stalled.policy === 'release',
    probeMs: config.probeMs,
    arpStrict: config.arpStrict,
    guard: { wanted: config.kernelGuard, memory: join(stateDirectory, 'guard') },
  };
}
