// The files of a cluster on a stage: one configuration for all its nodes, and a key. They lie inside the
// sandbox and go with it.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { SANDBOX_DIRECTORY } from './sandbox.ts';
import type { PathKind } from '../config/config.ts';
import type { Stage } from './stage.ts';
import { interfaceName, networkIds, nodeName } from './topology.ts';

export interface ClusterPlan {
  readonly name: string;
  /** Stage nodes that belong to it. */
  readonly nodes: readonly number[];
  /** 200 or more. */
  readonly intervalUs: number;
  /** At least 2 intervals. */
  readonly timeoutUs: number;
  /** Virtual addresses with prefix length; they live on network 0, and stay there. */
  readonly addresses: readonly string[];
  /** Default: UDP only. */
  readonly paths?: readonly PathKind[];
  /** SCHED_FIFO 1-99; 0: ordinary scheduling. */
  readonly priority?: number;
  /** 32 bytes or more; default: a new random one. */
  readonly key?: Uint8Array;
  /** Given to node itself, before the program (`--import ...`). */
  readonly nodeArguments?: readonly string[];
  /** The node that only votes (X9), and for how long it promises. */
  readonly witness?: { readonly node: number; readonly timeoutUs: number };
  /** Further fields of its section `heartbeat`. */
  readonly heartbeat?: Readonly<Record<string, unknown>>;
  /** Further fields of the configuration file, as they are written there. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ClusterFiles {
  /** Paths inside the sandbox. */
  readonly configuration: string;
  readonly key: string;
}

export interface NodeFiles {
  /** Paths inside the sandbox. */
  readonly socket: string;
  readonly state: string;
}

/** Name of a stage's network in configurations: a, b, c... */
export function networkLabel(network: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + network);
}

/** Socket and state directory of one node, inside the sandbox. */
export function nodeFiles(plan: ClusterPlan, node: number): NodeFiles {
  const folder = `${SANDBOX_DIRECTORY}/${plan.name}/${nodeName(node)}`;
  return { socket: `${folder}/control.sock`, state: `${folder}/state` };
}

/** Writes both files; `as` tells apart several clusters of one name on a stage. */
export function writeClusterFiles(stage: Stage, plan: ClusterPlan, as: string = plan.name): ClusterFiles {
  const folder = `${SANDBOX_DIRECTORY}/${as}`;
  const files = { configuration: `${folder}/heartwire.yaml`, key: `${folder}/key` };
  mkdirSync(stage.sandbox.path(folder), { recursive: true });
  const key = Buffer.from(plan.key ?? randomBytes(32));
  writeFileSync(stage.sandbox.path(files.key), `1 ${key.toString('base64')}\n`, { mode: 0o600 });
  writeFileSync(stage.sandbox.path(files.configuration), stringify(configuration(stage, plan, files.key)));
  return files;
}

function configuration(stage: Stage, plan: ClusterPlan, keyFile: string): Record<string, unknown> {
  const networks = networkIds(stage.topology);
  const interfaces = Object.fromEntries(networks.map((network) => [networkLabel(network), interfaceName(network)]));
  return {
    cluster: plan.name,
    key_file: keyFile,
    heartbeat: { interval: `${plan.intervalUs}us`, timeout: `${plan.timeoutUs}us`, priority: plan.priority ?? 0, ...plan.heartbeat },
    networks: networks.map((network) => ({ name: networkLabel(network), paths: plan.paths ?? ['udp'] })),
    nodes: plan.nodes.map((node) => ({ name: nodeName(node), id: node, interfaces })),
    addresses: plan.addresses.map((address) => ({ address, network: networkLabel(0) })),
    ...(plan.witness === undefined ? {} : { witness: { node: nodeName(plan.witness.node), timeout: `${plan.witness.timeoutUs}us` } }),
    ...plan.fields,
  };
}
