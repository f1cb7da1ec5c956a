// What is allowed and yet likely to hurt: said at every start and by `heartwire config check`. These look
// at the configuration alone; host-warnings.ts looks at the machine.
import { type ClusterConfig, mayManage, type NodeConfig } from './config.ts';
import { formatDurationUs } from './duration.ts';
import type { VirtualAddress } from '../protocol/types.ts';
import type { FieldPath } from './places.ts';
import type { Problem } from './rules.ts';

const INTERVALS_ADVISED = 5;

const checks: readonly ((config: ClusterConfig) => Problem[])[] = [
  shortTimeout,
  fewVoters,
  noQuorum,
  sharedFailureDomain,
  witnessFailsToo,
  singlePath,
  noAuthentication,
  unheardNetworks,
  addressWithoutInterface,
  groupWithoutInterface,
  groupWithoutSuccessor,
];

export function warningsOf(config: ClusterConfig): Problem[] {
  return checks.flatMap((check) => check(config));
}

function shortTimeout(config: ClusterConfig): Problem[] {
  const { intervalUs, timeoutUs } = config.heartbeat;
  if (timeoutUs >= INTERVALS_ADVISED * intervalUs) return [];
  const text = `${formatDurationUs(timeoutUs)} is fewer than ${INTERVALS_ADVISED} intervals of ${formatDurationUs(intervalUs)}: a few lost beats fail a node. This is for isolated CPUs and quiet networks; ${formatDurationUs(INTERVALS_ADVISED * intervalUs)} is safer.`;
  return [{ path: ['heartbeat', 'timeout'], message: text }];
}

function fewVoters(config: ClusterConfig): Problem[] {
  if (config.voters.length === 1)
    return [{ path: ['voters'], message: `${config.voters[0]} is the only voter: when it fails, nobody takes over.` }];
  if (config.voters.length !== 2 || config.quorum !== 'majority') return [];
  return [{ path: ['quorum'], message: 'With two voters a majority is both of them: when one fails, the other gives up its addresses.' }];
}

function noQuorum(config: ClusterConfig): Problem[] {
  if (config.quorum !== 'none') return [];
  return [
    {
      path: ['quorum'],
      message: 'none: when all networks between the nodes fail, each part has a manager and the addresses have two owners.',
    },
  ];
}

/** X9: a third vote that is lost together with one of the two is none. */
function witnessFailsToo(config: ClusterConfig): Problem[] {
  const index = config.nodes.findIndex((node) => node.name === config.witness?.node);
  const domain = config.nodes[index]?.failureDomain ?? null;
  const together = config.nodes.filter((node, place) => place !== index && node.failureDomain === domain).map((node) => node.name);
  if (domain === null || together.length === 0) return [];
  const message = `The witness fails together with ${together.join(' and ')}, by ${domain}: then nobody has a majority. Put it elsewhere.`;
  return [{ path: ['nodes', index, 'failure_domain'], message }];
}

/** C1. */
function sharedFailureDomain(config: ClusterConfig): Problem[] {
  const byDomain = new Map<string, NodeConfig[]>();
  for (const node of config.nodes.filter((candidate) => mayManage(config, candidate))) {
    if (node.failureDomain !== null) byDomain.set(node.failureDomain, [...(byDomain.get(node.failureDomain) ?? []), node]);
  }
  return [...byDomain].flatMap(([domain, nodes]) => {
    const second = nodes[1];
    if (second === undefined) return [];
    const names = nodes.map((node) => node.name).join(' and ');
    return [
      {
        path: ['nodes', config.nodes.indexOf(second), 'failure_domain'],
        message: `${names} may be manager and standby, and fail together with ${domain}.`,
      },
    ];
  });
}

function singlePath(config: ClusterConfig): Problem[] {
  if (config.networks.length > 1 || config.serial.length > 0 || config.nodes.length === 1) return [];
  return [{ path: ['networks'], message: 'There is one network only: when it fails, every node seems to have failed. Add a second.' }];
}

function noAuthentication(config: ClusterConfig): Problem[] {
  if (config.authentication === 'required') return [];
  return [
    { path: ['authentication'], message: 'none-insecure: anybody on these networks can take the addresses and command the cluster.' },
  ];
}

function unheardNetworks(config: ClusterConfig): Problem[] {
  if (config.nodes.length === 1) return [];
  return config.networks.flatMap((network, index) => {
    const count = config.nodes.filter((node) => node.interfaces[network.name] !== undefined).length;
    const who = count === 0 ? 'no node' : 'only one node';
    return count > 1
      ? []
      : [{ path: ['networks', index, 'name'], message: `${who} has an interface on ${network.name}, so nothing can be heard there.` }];
  });
}

function addressWithoutInterface(config: ClusterConfig): Problem[] {
  const candidates = config.nodes.filter((node) => mayManage(config, node));
  return config.addresses.flatMap((entry, index) => without(config, entry, candidates, ['addresses', index], 'may manage'));
}

function groupWithoutInterface(config: ClusterConfig): Problem[] {
  return config.resources.flatMap(({ name, owner, successors, addresses }, place) => {
    const holders = config.nodes.filter((node) => [owner, ...successors].includes(node.name));
    return addresses.flatMap((entry, index) =>
      without(config, entry, holders, ['resources', place, 'addresses', index], `may hold ${name}`),
    );
  });
}

function groupWithoutSuccessor(config: ClusterConfig): Problem[] {
  return config.resources.flatMap(({ name, owner, successors }, place) =>
    successors.length > 0
      ? []
      : [{ path: ['resources', place], message: `${name} has no successors: when ${owner} fails, nobody takes it.` }],
  );
}

function without(
  config: ClusterConfig,
  entry: VirtualAddress,
  candidates: readonly NodeConfig[],
  path: FieldPath,
  role: string,
): Problem[] {
  const networks =
    entry.network === 'active' ? [config.managementNetwork, config.standbyNetwork].filter((name) => name !== null) : [entry.network];
  return networks.flatMap((network) => {
    const names = candidates.filter((node) => node.interfaces[network] === undefined).map((node) => node.name);
    if (names.length === 0) return [];
    return [{ path, message: `${names.join(', ')} ${role}, and cannot hold ${entry.address}: no interface on ${network}.` }];
  });
}
