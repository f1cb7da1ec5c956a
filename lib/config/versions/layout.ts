// What the protocols must know of a configuration to go to it from another one (lib/protocol/reconfiguration), and what a
// running cluster cannot change.
import type { Layout, NetworkLayout } from '../../protocol/reconfiguration/state.ts';
import { allAddresses, type ClusterConfig, type NetworkConfig, type NodeConfig, nodeByName } from '../config.ts';
import { isOpen, linkName, linksOf, linksOfNetwork } from '../links.ts';
import { addressesOf, groupsOf, networkOrder } from '../protocol-config.ts';
import { isParameterName } from '../../protocol/parameters/definitions.ts';
import type { Plan, PlanStep } from './plan.ts';

/** @param before what it follows; null: a start, with the first set of voters */
export function layoutOf(config: ClusterConfig, before: Layout | null): Layout {
  const ids = (names: readonly string[]): number[] => names.map((name) => nodeByName(config, name).id).sort((left, right) => left - right);
  const voters = ids(config.voters);
  const sameVoters = before === null || JSON.stringify(before.voters) === JSON.stringify(voters);
  return {
    addresses: addressesOf(config.addresses),
    groups: groupsOf(config),
    nodes: ids(config.nodes.map(({ name }) => name)),
    voters,
    voterSet: (before?.voterSet ?? 1) + (sameVoters ? 0 : 1),
    networks: networkOrder(config).map((name) => networkLayout(config, name)),
    lines: config.serial.map(({ link, between }) => ({ link, nodes: ids(between) })),
    times: {
      unmanagedPeriodMs: config.discovery.unmanagedPeriodMs,
      announceCount: config.discovery.announceCount,
      incorporationTimeoutMs: config.incorporationTimeoutMs,
      pruneTimeMs: config.pruneTimeMs,
    },
  };
}

function networkLayout({ networks, nodes }: ClusterConfig, name: string): NetworkLayout {
  const network = networks.find((candidate) => candidate.name === name);
  const on = nodes.filter(({ interfaces }) => interfaces[name] !== undefined).map(({ id }) => id);
  const standbyFor = network?.standbyFor ?? null;
  return {
    name,
    links: network === undefined ? [] : linksOfNetwork(network),
    nodes: on.sort((left, right) => left - right),
    ...(standbyFor === null ? {} : { standbyFor }),
  };
}

const COMES_AND_GOES: ReadonlySet<string> = new Set(['node', 'voter', 'adapter', 'network', 'serial line']);
/** They follow from which networks there are. */
const ROLES_OF_NETWORKS: ReadonlySet<string> = new Set(['management_network', 'standby_network']);

/** Settings that the protocols and this node's scripts look at whenever they need them. */
const TAKEN_AT_ONCE: ReadonlySet<string> = new Set([
  'prune_time',
  'incorporation_timeout',
  'discovery.unmanaged_period',
  'discovery.announcements',
  'scripts',
]);

/** Null, or what of the change takes a restart. */
export function hindrance(before: ClusterConfig, after: ClusterConfig, { steps }: Plan): string | null {
  const fixed = steps.find(({ part, name }) => part === 'settings' && !TAKEN_AT_ONCE.has(name));
  if (fixed !== undefined) return `${fixed.name} differs, too (${settingHint(fixed)})`;
  const reseated = after.resources.find(({ name, seat }) => before.resources.some((old) => old.name === name && old.seat !== seat));
  const old = before.resources.find(({ name }) => name === reseated?.name);
  if (reseated !== undefined)
    return `group ${reseated.name} would have the seat ${reseated.seat} instead of ${old?.seat} (\`seat: ${old?.seat}\` at it keeps it; for another one take the group out and apply, then add it with that seat)`;
  const line = movedLine(before, after);
  if (line !== null) return line;
  const moved = networksOf(before, after).find(({ old, now }) => old !== undefined && now !== undefined && old.link !== now.link);
  if (moved !== undefined)
    return `network ${moved.name} would have the link ${moved.now?.link} instead of ${moved.old?.link} (\`link: ${moved.old?.link}\` at it keeps it)`;
  const changed = steps.find((step) => step.part === 'topology' && !mayChange(step));
  if (changed !== undefined) return `${changed.kind} ${changed.name} differs, too${wayOutOf(changed)}`;
  return nodeHindrance(before, after) ?? reuseHindrance(before, after) ?? standbyHindrance(before, after);
}

/** Times of beats and messages have rounds of their own, in which every pair of nodes agrees on them (P3). */
function settingHint({ name, changes }: PlanStep): string {
  if (!isParameterName(name)) return 'nodes take it at their start';
  return `\`heartwire parameters set ${name}=${String(changes[0]?.to)}\` changes it while the cluster runs`;
}

function mayChange({ kind, name, action }: PlanStep): boolean {
  if (kind === 'choice') return ROLES_OF_NETWORKS.has(name);
  return COMES_AND_GOES.has(kind) && action !== 'change';
}

function movedLine(before: ClusterConfig, after: ClusterConfig): string | null {
  for (const { between, devices, link } of after.serial) {
    const old = before.serial.find((line) => line.between.join() === between.join() && line.devices.join() === devices.join());
    if (old === undefined || old.link === link) continue;
    return `the serial line of ${between.join(' and ')} would have the link ${link} instead of ${old.link} (\`link: ${old.link}\` at it keeps it)`;
  }
  return null;
}

/** What cannot change in place can go and come. */
function wayOutOf({ kind }: PlanStep): string {
  return COMES_AND_GOES.has(kind) && kind !== 'node' ? ' (take it out and apply, then add it as it is to be)' : '';
}

function nodeHindrance(before: ClusterConfig, after: ClusterConfig): string | null {
  for (const { id, name, interfaces } of before.nodes) {
    const now = after.nodes.find((other) => other.id === id && other.name === name);
    if (now === undefined) continue;
    // The others keep their link, on which this node falls silent.
    const fails =
      after.heartbeat.nicPolicy === 'first' && after.networks.some((network) => wasThere(interfaces, now.interfaces, network.name));
    if (fails) return `an adapter of ${name} goes, which \`heartbeat.nic_policy: first\` takes for a failure`;
    // An address that stays would lose its place on this node.
    const served = [...allAddresses(before), ...allAddresses(after)].map(({ network }) => network);
    const lost = Object.keys(interfaces).find((network) => now.interfaces[network] === undefined && served.includes(network));
    const stays = after.networks.some((network) => network.name === lost);
    if (lost !== undefined && stays) return `addresses live on ${lost}, and the adapter of ${name} there goes`;
  }
  return null;
}

function wasThere(before: NodeConfig['interfaces'], now: NodeConfig['interfaces'], network: string): boolean {
  return before[network] !== undefined && now[network] === undefined;
}

/** What goes is closed with the decision, and what comes is opened before it: they cannot have one number. */
function reuseHindrance(before: ClusterConfig, after: ClusterConfig): string | null {
  for (const { name } of before.nodes.filter((node) => after.nodes.some((other) => other.name === node.name))) {
    const now = linksOf(after, name);
    const names = linksOf(before, name).map((link, number) => [linkName(link, before), linkName(now[number] ?? link, after)]);
    const number = linksOf(before, name).findIndex((link, id) => {
      const next = now[id];
      return isOpen(link) && next !== undefined && isOpen(next) && names[id]?.[0] !== names[id]?.[1];
    });
    const [old, other] = names[number] ?? [];
    if (old !== undefined)
      return `${other} would have the link ${number} of ${old}, which goes (give it another \`link\`, or take that one out and apply first)`;
  }
  return null;
}

/** What an adapter stands by for is the engine's business from when it is opened until it is closed. */
function standbyHindrance(before: ClusterConfig, after: ClusterConfig): string | null {
  for (const { name } of before.nodes.filter((node) => after.nodes.some((other) => other.name === node.name))) {
    const now = linksOf(after, name);
    const other = linksOf(before, name).find(({ interface: used, standbyFor }, link) => {
      const next = now[link];
      return used !== undefined && next?.interface === used && next.standbyFor !== standbyFor;
    });
    if (other === undefined) continue;
    const does = other.standbyFor === undefined ? 'would begin to stand by' : 'would stand by no more';
    return `the adapter ${other.interface} of ${name} ${does} (take it out and apply, then add it as it is to be)`;
  }
  return null;
}

function networksOf(before: ClusterConfig, after: ClusterConfig): { name: string; old?: NetworkConfig; now?: NetworkConfig }[] {
  const names = new Set([...before.networks, ...after.networks].map(({ name }) => name));
  const named = (config: ClusterConfig, name: string): NetworkConfig | undefined =>
    config.networks.find((network) => network.name === name);
  return [...names].map((name) => {
    const [old, now] = [named(before, name), named(after, name)];
    return { name, ...(old === undefined ? {} : { old }), ...(now === undefined ? {} : { now }) };
  });
}
