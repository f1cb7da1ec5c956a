// What the protocols must know of a configuration to go to it from another one (lib/protocol/reconfiguration), and what a
// running cluster cannot change.
import type { Layout, NetworkLayout } from '../../protocol/reconfiguration/state.ts';
import { allAddresses, type ClusterConfig, type NetworkConfig, type NodeConfig, nodeByName, standbyOf } from '../config.ts';
import { linksOfNetwork } from '../links.ts';
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
  return { name, links: network === undefined ? [] : linksOfNetwork(network), nodes: on.sort((left, right) => left - right) };
}

const COMES_AND_GOES: ReadonlySet<string> = new Set(['node', 'voter', 'adapter', 'network']);
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
const BY_PARAMETERS = '`heartwire parameters set` changes it while the cluster runs';

/** Null, or what of the change takes a restart. */
export function hindrance(before: ClusterConfig, after: ClusterConfig, { steps }: Plan): string | null {
  const fixed = steps.find(({ part, name }) => part === 'settings' && !TAKEN_AT_ONCE.has(name));
  if (fixed !== undefined)
    return `${fixed.name} differs, too (${isParameterName(fixed.name) ? BY_PARAMETERS : 'nodes take it at their start'})`;
  const reseated = after.resources.find(({ name, seat }) => before.resources.some((old) => old.name === name && old.seat !== seat));
  const old = before.resources.find(({ name }) => name === reseated?.name);
  if (reseated !== undefined)
    return `group ${reseated.name} would have the seat ${reseated.seat} instead of ${old?.seat} (\`seat: ${old?.seat}\` at it keeps it)`;
  const moved = networksOf(before, after).find(({ old, now }) => old !== undefined && now !== undefined && old.link !== now.link);
  if (moved !== undefined)
    return `network ${moved.name} would have the link ${moved.now?.link} instead of ${moved.old?.link} (\`link: ${moved.old?.link}\` at it keeps it)`;
  const changed = steps.find((step) => step.part === 'topology' && !mayChange(step));
  if (changed !== undefined) return `${changed.kind} ${changed.name} differs, too`;
  return nodeHindrance(before, after) ?? networkHindrance(before, after);
}

function mayChange({ kind, name, action }: PlanStep): boolean {
  if (kind === 'choice') return ROLES_OF_NETWORKS.has(name);
  return COMES_AND_GOES.has(kind) && action !== 'change';
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

/** The adapters that stand by are known to the engine from its start. */
function networkHindrance(before: ClusterConfig, after: ClusterConfig): string | null {
  for (const { name, old, now } of networksOf(before, after)) {
    if (old !== undefined && now !== undefined && adaptersOf(before, after, name) === adaptersOf(after, before, name)) continue;
    const standsBy = old?.standbyFor ?? now?.standbyFor ?? null;
    if (standsBy !== null) return `the adapters of ${name} differ, which stands by for ${standsBy}`;
    if ([standbyOf(before, name), standbyOf(after, name)].some((standby) => standby !== null))
      return `the adapters of ${name} differ, which another network stands by for`;
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

/** Of the nodes that are in the other one, too. */
function adaptersOf({ nodes }: ClusterConfig, other: ClusterConfig, network: string): string {
  return nodes
    .filter(({ id, interfaces }) => interfaces[network] !== undefined && other.nodes.some((node) => node.id === id))
    .map(({ name }) => name)
    .sort()
    .join(' ');
}
