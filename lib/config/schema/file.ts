// The configuration file as a whole. From this one description come the checks, the defaults and the JSON
// schema (`heartwire config schema`). Its result is what the rest of the program uses, still with paths as
// written; load.ts makes them absolute, and rules.ts checks what several sections must agree on.
import { z } from 'zod';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import { absenceSchema } from './absence.ts';
import { addressSchema, bridgedSchema } from './addresses.ts';
import { diskSchema } from './disk.ts';
import { durationUs } from './duration.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { messagesSchema } from './messages.ts';
import { parametersSchema } from './parameters.ts';
import { resourcesSchema } from './resources.ts';
import { scriptSchema } from './scripts.ts';
import { numberedLines, numberedNetworks } from '../links.ts';
import { networkSchema, nodeSchema, serialSchema } from './topology.ts';
import { witnessSchema } from './witness.ts';
import { name, networkName, nodeName, path, port, SECOND_US } from './words.ts';

/** What is not yet settled: two voters must say what they want. */
export type ConfigDraft = ClusterConfig & { readonly quorumChosen: boolean };

const quorum = z.enum(['majority', 'witness', 'disk', 'none']);

const discovery = z.strictObject({
  port: port('UDP port of the announcements (BroadcastPort)', 1235),
  unmanaged_period: durationUs(
    { min: 10_000, max: 600 * SECOND_US },
    'How long a starting node listens before it stands for manager (unmanagedTimeout)',
  ).prefault('1s'),
  announcements: z.int().min(1).max(100).default(5).meta({ description: 'Announcements in that time (MgmtBroadcasts)' }),
});

const takeover = z.strictObject({
  probe: durationUs(
    { min: 0, max: 10 * SECOND_US },
    'Search for another holder when an address is first acquired, and before and after a reconfiguration brings it; 0s: none',
  ).prefault('200ms'),
  kernel_guard: z.boolean().default(true).meta({ description: 'Programs in the kernel drop packets of an address without a lease' }),
  strict_arp: z.boolean().default(true).meta({ description: 'Answer ARP only on the interface that has the address' }),
});

const control = z.strictObject({
  socket: path.optional().meta({ description: 'Default: /run/heartwire/CLUSTER.sock' }),
  group: z.string().min(1).optional().meta({ description: 'Its members may command the daemon, besides root' }),
});

const stalled = z.strictObject({
  timeout: durationUs({ min: 100_000, max: 3600 * SECOND_US }, 'An event loop that does not turn for so long is stalled').prefault('5s'),
  policy: z
    .enum(['report', 'release', 'nothing'])
    .default('report')
    .meta({ description: 'What an owner does then: say so; also give its role to a successor whose event loop turns; or not even say so' }),
});

const sections = z.strictObject({
  cluster: name('cluster').meta({ description: 'Only nodes of the same name see each other', examples: ['demo'] }),
  key_file: z
    .union([path, z.array(path).min(1)], { error: 'is no path, and no list of paths. Write one such as /etc/heartwire/demo.keys.' })
    .optional()
    .meta({ description: 'Key file, or several; made by `heartwire key generate`' }),
  authentication: z
    .enum(['required', 'none-insecure'])
    .default('required')
    .meta({ description: 'none-insecure: anybody on the wire may command the cluster' }),
  state_directory: path
    .default('/var/lib/heartwire')
    .meta({ description: 'Boot number, votes and copies of the configuration; must outlive a restart of the machine' }),
  heartbeat: heartbeatSchema.prefault({}),
  networks: z
    .array(networkSchema)
    .min(1)
    .max(8)
    .meta({ description: 'At most 8; the first ones carry management traffic', examples: ['[{name: a}, {name: b}]'] }),
  serial: z.array(serialSchema).default([]).meta({ description: 'Serial lines between two nodes, which carry beats too' }),
  nodes: z
    .array(nodeSchema)
    .min(1)
    .max(1024)
    .meta({ description: 'All nodes that are known beforehand', examples: ['[{name: node1, id: 1, interfaces: {a: eth0, b: eth1}}]'] }),
  voters: z.array(nodeName).min(1).max(32).optional().meta({ description: 'Who votes on the manager; default: all that may manage' }),
  quorum: quorum.optional().meta({
    description:
      'majority (default), witness or disk (default where there is such a section), or none: two parts may each have a manager, and each decides operations, parameters and configurations for itself',
  }),
  witness: witnessSchema.optional().meta({ description: 'The third vote of two nodes; run by `heartwire witness`' }),
  disk: diskSchema.optional().meta({ description: 'A shared disk as the third vote of two nodes' }),
  addresses: z.array(addressSchema).max(64).default([]).meta({ description: 'Virtual addresses that move with the manager' }),
  resources: resourcesSchema.prefault([]).meta({ description: 'Groups that move by themselves, at most 7' }),
  scripts: z.array(scriptSchema).max(100).prefault([]).meta({ description: 'Run on events of this node, one at a time, in their order' }),
  bridged: z.array(bridgedSchema).prefault([]).meta({ description: 'Nodes off the local segment, tried now and then by the manager' }),
  management_network: networkName.optional().meta({ description: 'Active at the start; default: the first network' }),
  standby_network: networkName.optional().meta({ description: 'Taken when the active one fails; default: the next network' }),
  discovery: discovery.prefault({}),
  messages: messagesSchema.prefault({}),
  parameters: parametersSchema
    .prefault([])
    .meta({ description: 'Set while the cluster runs, instead of the values above; written by Heartwire' }),
  http: z.strictObject({ port: port('TCP port of the web pages (HttpPort)', 91) }).prefault({}),
  incorporation_timeout: durationUs({ min: 100_000, max: 600 * SECOND_US }, 'Each side of a joining gives up after it').prefault('5s'),
  prune_time: durationUs({ min: 0, max: 86_400 * SECOND_US }, 'How long a failed node stays visible (PruneTime)').prefault('60s'),
  takeover: takeover.prefault({}),
  control: control.prefault({}),
  stalled: stalled.prefault({}),
  absence: absenceSchema.prefault({}),
});

export const fileSchema: z.ZodType<ConfigDraft> = sections.transform((file) => {
  const managementNetwork = file.management_network ?? file.networks[0]?.name ?? '';
  const witness = file.witness ?? null;
  const disk = file.disk ?? null;
  const networks = numberedNetworks(file.networks);
  const votes = (node: NodeConfig): boolean => node.name === witness?.node || (node.preferredRole !== 'client' && !node.bridged);
  const candidates = file.nodes.filter(votes).map((node) => node.name);
  const chosen = file.voters;
  return {
    file: null,
    cluster: file.cluster,
    authentication: file.authentication,
    keyFiles: file.key_file === undefined ? [] : [file.key_file].flat(),
    stateDirectory: file.state_directory,
    heartbeat: file.heartbeat,
    networks,
    serial: numberedLines(file.serial, networks),
    nodes: file.nodes,
    voters: chosen ?? candidates,
    quorum: file.quorum ?? (witness !== null ? 'witness' : disk !== null ? 'disk' : 'majority'),
    quorumChosen: file.quorum !== undefined || disk !== null,
    witness,
    disk,
    addresses: file.addresses,
    resources: file.resources,
    scripts: file.scripts,
    bridged: file.bridged,
    managementNetwork,
    standbyNetwork: file.standby_network ?? file.networks.find((network) => network.name !== managementNetwork)?.name ?? null,
    discovery: {
      port: file.discovery.port,
      unmanagedPeriodMs: file.discovery.unmanaged_period / 1000,
      announceCount: file.discovery.announcements,
    },
    messagePort: file.messages.port,
    messageParameters: file.messages.parameters,
    keepAwake: file.messages.keepAwake,
    parameters: file.parameters,
    httpPort: file.http.port,
    incorporationTimeoutMs: file.incorporation_timeout / 1000,
    pruneTimeMs: file.prune_time / 1000,
    probeMs: file.takeover.probe / 1000,
    arpStrict: file.takeover.strict_arp,
    kernelGuard: file.takeover.kernel_guard,
    control: { socket: file.control.socket ?? `/run/heartwire/${file.cluster}.sock`, group: file.control.group ?? null },
    stalled: { timeoutMs: file.stalled.timeout / 1000, policy: file.stalled.policy },
    absence: file.absence,
    text: '',
  };
});
