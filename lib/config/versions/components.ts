// A configuration as a flat list of what it names: nodes, networks, adapters, addresses, settings. From this one list come
// the checksums, which tell topology from resources (R4), and the plan of a change; so nothing can be compared that is
// not also counted. Texts of a file are no use for it: order, comments and ways to write an address differ without meaning.
import { parseAddress } from '../address.ts';
import { parameterDefinitions } from '../../protocol/parameters/definitions.ts';
import type { VirtualAddress } from '../../protocol/types.ts';
import type { ClusterConfig, CommandConfig, ResourceGroupConfig } from '../config.ts';
import { formatDurationUs, valueText } from '../duration.ts';

/** `topology` and `resources` as in R4; `settings`: all else that must be alike; `parameters`: what was set while the cluster ran; `machine`: what each machine may have its own way. */
export const PARTS = ['topology', 'resources', 'settings', 'parameters', 'machine'] as const;
export type Part = (typeof PARTS)[number];

export type Value = string | number | boolean | null;

export interface Component {
  readonly part: Part;
  /** "node", "adapter", "address", "setting". */
  readonly kind: string;
  /** For people. */
  readonly name: string;
  /** Two configurations mean the same component when part, kind and this are equal. */
  readonly identity: string;
  readonly fields: Readonly<Record<string, Value>>;
}

/** In the order of PARTS, and then of kind and identity by code units: the canonical order. */
export function componentsOf(config: ClusterConfig): Component[] {
  const found = [
    ...nodes(config),
    ...paths(config),
    ...votes(config),
    ...resources(config),
    ...settings(config),
    ...parameters(config),
    ...machine(config),
  ];
  const order = (left: Component, right: Component): number =>
    PARTS.indexOf(left.part) - PARTS.indexOf(right.part) || compare(left.kind, right.kind) || compare(left.identity, right.identity);
  return found.sort(order);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The id is part of what a node is: votes and keys use it, so the same name with another id is another node. */
function nodes(config: ClusterConfig): Component[] {
  return config.nodes.flatMap((node): Component[] => {
    const fields = { preferred_role: node.preferredRole, failure_domain: node.failureDomain, class: node.nodeClass, bridged: node.bridged };
    const itself = { name: node.name, identity: `${node.id} ${node.name}` };
    return [
      topology('node', `${itself.name} (id ${node.id})`, fields, itself.identity),
      ...(config.voters.includes(node.name) ? [topology('voter', itself.name, {}, itself.identity)] : []),
      ...Object.entries(node.interfaces).map(([network, name]) =>
        topology('adapter', `of ${node.name} on ${network}`, { interface: name }, `${itself.identity} ${network}`),
      ),
    ];
  });
}

/** Frames carry the number of a link, so it is part of what a network or line is to the wire. */
function paths(config: ClusterConfig): Component[] {
  return [
    ...config.networks.map(({ name, link, paths: kinds, standbyFor, multicast }) =>
      topology('network', name, { link, paths: kinds.join(' '), standby_for: standbyFor, multicast }),
    ),
    ...config.serial.map(({ between, devices, baud, link }) =>
      topology('serial line', `${between[0]} ${devices[0]} - ${between[1]} ${devices[1]}`, { link, baud }),
    ),
    ...config.bridged.map(({ host, port }) => topology('bridged host', `${host} port ${port}`, {})),
    topology('choice', 'management_network', { value: config.managementNetwork }),
    topology('choice', 'standby_network', { value: config.standbyNetwork }),
  ];
}

function votes({ quorum, witness, disk }: ClusterConfig): Component[] {
  return [
    topology('choice', 'quorum', { value: quorum }),
    ...(witness === null ? [] : [topology('witness', witness.node, { timeout: formatDurationUs(witness.timeoutUs) })]),
    ...(disk === null ? [] : [topology('disk', disk.device, { timeout: formatDurationUs(disk.timeoutUs) })]),
  ];
}

function resources({ addresses, resources: groups }: ClusterConfig): Component[] {
  return [...addresses.map((each) => address(each, null)), ...groups.flatMap(group)];
}

/** The group, or null for the manager, is who gives it up and takes it: another one is a change. */
function address({ address: text, network }: VirtualAddress, of: string | null): Component {
  const parsed = parseAddress(text);
  const canonical = parsed === null ? text : `${parsed.host}/${parsed.prefixLength}`;
  if (of === null) return { part: 'resources', kind: 'address', name: canonical, identity: canonical, fields: { network } };
  return { part: 'resources', kind: 'group address', name: `${canonical} of ${of}`, identity: `${of} ${canonical}`, fields: { network } };
}

function group({ name, seat, owner, successors, failBackAfterMs, addresses, commands }: ResourceGroupConfig): Component[] {
  const failBack = failBackAfterMs === null ? null : formatDurationUs(failBackAfterMs * 1000);
  const fields = { seat, owner, successors: successors.join(' '), fail_back_after: failBack };
  return [
    { part: 'resources', kind: 'group', name, identity: name, fields },
    ...addresses.map((each) => address(each, name)),
    ...commands.map((each, place) => command(each, place, name)),
  ];
}

function settings(config: ClusterConfig): Component[] {
  const { heartbeat, discovery, stalled, messageParameters } = config;
  const { isolation } = heartbeat;
  const milliseconds = (value: number): string => formatDurationUs(value * 1000);
  const values: Readonly<Record<string, Value>> = {
    cluster: config.cluster,
    authentication: config.authentication,
    'heartbeat.interval': formatDurationUs(heartbeat.intervalUs),
    'heartbeat.timeout': formatDurationUs(heartbeat.timeoutUs),
    'heartbeat.packets': heartbeat.packets,
    'heartbeat.format': heartbeat.format,
    'heartbeat.priority': heartbeat.priority,
    'heartbeat.affinity': heartbeat.affinity.join(' '),
    'heartbeat.second_thread': isolation.secondThread,
    'heartbeat.spin': isolation.spin,
    'heartbeat.busy_poll': isolation.busyPollUs === 0 ? null : formatDurationUs(isolation.busyPollUs),
    'heartbeat.cpu_latency': isolation.cpuLatencyUs === null ? null : formatDurationUs(isolation.cpuLatencyUs),
    'heartbeat.nic_policy': heartbeat.nicPolicy,
    'heartbeat.relays': heartbeat.relays,
    'heartbeat.port': heartbeat.port,
    'discovery.port': discovery.port,
    'discovery.unmanaged_period': milliseconds(discovery.unmanagedPeriodMs),
    'discovery.announcements': discovery.announceCount,
    'messages.port': config.messagePort,
    'messages.fragment_size': messageParameters.fragmentBytesMax,
    'messages.retry_timer': formatDurationUs(messageParameters.retryTimerUs),
    'messages.retry_time_max': milliseconds(messageParameters.retryTimeMaxMs),
    'messages.queue_overflow_threshold': messageParameters.queueOverflowThreshold,
    'messages.send_window': messageParameters.sendWindow,
    'messages.keep_awake': config.keepAwake,
    'http.port': config.httpPort,
    incorporation_timeout: milliseconds(config.incorporationTimeoutMs),
    prune_time: milliseconds(config.pruneTimeMs),
    'takeover.probe': milliseconds(config.probeMs),
    'takeover.strict_arp': config.arpStrict,
    'takeover.kernel_guard': config.kernelGuard,
    'stalled.timeout': milliseconds(stalled.timeoutMs),
    'stalled.policy': stalled.policy,
    scripts: config.scripts.length === 0 ? null : JSON.stringify(config.scripts),
    ...absences(config),
  };
  return Object.entries(values).map(([name, value]) => setting('settings', name, value));
}

function parameters({ parameters: set }: ClusterConfig): Component[] {
  return set.map(({ name, nodes, value }) => {
    const of = nodes.length === 0 ? '' : nodes.length === 1 ? ` of ${nodes[0]}` : ` between ${nodes.join(' and ')}`;
    const text = valueText(parameterDefinitions[name].unit, value);
    return { part: 'parameters', kind: 'parameter', name: `${name}${of}`, identity: [name, ...nodes].join(' '), fields: { value: text } };
  });
}

function absences({ absence }: ClusterConfig): Record<string, Value> {
  const text = (us: number): string => formatDurationUs(us * 1000);
  const values: Record<string, Value> = { 'absence.policy': absence.policy, 'absence.response_timeout': text(absence.responseTimeoutMs) };
  for (const [type, notice] of Object.entries(absence.notices)) {
    const growth = notice === null || notice.perGibMs === 0 ? '' : `+${text(notice.perGibMs)}/GiB`;
    values[`absence.${type.replace('-', '_')}`] = notice === null ? 'off' : text(notice.baseMs) + growth;
  }
  return values;
}

function machine({ keyFiles, stateDirectory, control }: ClusterConfig): Component[] {
  return [
    setting('machine', 'key_file', keyFiles.length === 0 ? null : keyFiles.join(' ')),
    setting('machine', 'state_directory', stateDirectory),
    setting('machine', 'control.socket', control.socket),
    setting('machine', 'control.group', control.group),
  ];
}

function topology(kind: string, name: string, fields: Component['fields'], identity: string = name): Component {
  return { part: 'topology', kind, name, identity, fields };
}

function setting(part: Part, name: string, value: Value): Component {
  return { part, kind: 'setting', name, identity: name, fields: { value } };
}

function command({ name, start, stop, monitor, ...fields }: CommandConfig, place: number, of: string): Component {
  const words = (argv: readonly string[] | null): string | null => (argv === null ? null : JSON.stringify(argv));
  const all = { place, start: words(start), stop: words(stop), monitor: words(monitor), ...fields };
  return { part: 'resources', kind: 'group command', name: `${name} of ${of}`, identity: `${of} ${name}`, fields: all };
}
