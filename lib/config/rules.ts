// What several fields of the configuration must agree on. The schema has passed: every field by itself is
// sound. Each rule returns the problems it sees; all are shown at once, so that a file is mended in one go.
import { adapterProblems } from './adapter-rules.ts';
import { parseAddress } from './address.ts';
import { type ClusterConfig, mayManage } from './config.ts';
import { diskProblems } from './disk-rules.ts';
import { didYouMean } from './did-you-mean.ts';
import { linksOfNetwork, nodeLinks } from './links.ts';
import type { FieldPath } from './places.ts';
import type { ConfigDraft } from './schema/file.ts';
import { parameterProblems } from './parameter-rules.ts';
import { resourceProblems } from './resource-rules.ts';
import { witnessProblems } from './witness-rules.ts';

/** `message`: what is wrong, then what would be right. */
export interface Problem {
  readonly path: FieldPath;
  readonly message: string;
}

const LINKS_MAX = 8;

type Rule = (config: ConfigDraft) => Problem[];
const rules: readonly Rule[] = [uniqueness, references, nodePaths, adapterProblems, linkCount, ports, keys, serialEnds];
/** Looked at once names are unique and known: before that they would only echo the same mistake. */
const votingRules: readonly Rule[] = [votersThatMayVote, twoVoters, witnessProblems, diskProblems, resourceProblems, parameterProblems];

export function problemsOf(config: ConfigDraft): Problem[] {
  const problems = rules.flatMap((rule) => rule(config));
  return problems.length > 0 ? problems : votingRules.flatMap((rule) => rule(config));
}

function uniqueness(config: ClusterConfig): Problem[] {
  return [
    ...repeated(
      config.networks.map((network) => network.name),
      (index) => ['networks', index, 'name'],
      'a network',
    ),
    ...repeated(
      config.nodes.map((node) => node.name),
      (index) => ['nodes', index, 'name'],
      'a node',
    ),
    ...repeated(
      config.nodes.map((node) => node.id),
      (index) => ['nodes', index, 'id'],
      'a node',
    ),
    ...repeated(
      config.addresses.map((entry) => parseAddress(entry.address)?.host ?? ''),
      (index) => ['addresses', index, 'address'],
      'an address',
    ),
    ...repeated(
      config.bridged.map((entry) => `${entry.host} port ${entry.port}`),
      (index) => ['bridged', index],
      'a bridged node',
    ),
  ];
}

function repeated(values: readonly (string | number)[], pathOf: (index: number) => FieldPath, what: string): Problem[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return first === index
      ? []
      : [
          {
            path: pathOf(index),
            message: `${value} is taken already by ${what} above (number ${first + 1} in its list). Give each its own.`,
          },
        ];
  });
}

function references(config: ClusterConfig): Problem[] {
  const networks = config.networks.map((network) => network.name);
  const nodes = config.nodes.map((node) => node.name);
  const unknown = (path: FieldPath, name: string, known: readonly string[], what: string): Problem[] =>
    known.includes(name)
      ? []
      : [{ path, message: `There is no ${what} ${name}.${didYouMean(name, known) || ` There are ${[...new Set(known)].join(', ')}.`}` }];
  const standby = config.standbyNetwork;
  return [
    ...unknown(['management_network'], config.managementNetwork, networks, 'network'),
    ...(standby === null ? [] : unknown(['standby_network'], standby, networks, 'network')),
    ...(standby === config.managementNetwork
      ? [{ path: ['standby_network'], message: 'is the management network too. Name another network, or leave it out.' }]
      : []),
    ...config.voters.flatMap((voter) => unknown(['voters'], voter, nodes, 'node')),
    ...config.addresses.flatMap((entry, index) =>
      entry.network === 'active' ? [] : unknown(['addresses', index, 'network'], entry.network, networks, 'network'),
    ),
    ...config.nodes.flatMap((node, index) =>
      Object.keys(node.interfaces).flatMap((name) => unknown(['nodes', index, 'interfaces', name], name, networks, 'network')),
    ),
    ...config.serial.flatMap((line, index) =>
      line.between.flatMap((name, end) => unknown(['serial', index, 'between', end], name, nodes, 'node')),
    ),
  ];
}

function nodePaths(config: ClusterConfig): Problem[] {
  return config.nodes.flatMap((node, index) => {
    const path = ['nodes', index, 'interfaces'];
    const interfaces = Object.entries(node.interfaces);
    const twice = interfaces.filter(([, name], place) => interfaces.findIndex(([, other]) => other === name) !== place);
    const onLine = config.serial.some((line) => line.between.includes(node.name));
    return [
      ...twice.map(([network, name]) => ({
        path: [...path, network],
        message: `${name} is named for another network of ${node.name} already. Each network needs an interface of its own.`,
      })),
      ...(interfaces.length === 0 && !onLine
        ? [
            {
              path,
              message: `${node.name} has no interface on any network, so nobody can hear it. Add one, such as {${config.networks[0]?.name}: eth0}.`,
            },
          ]
        : []),
    ];
  });
}

function linkCount(config: ClusterConfig): Problem[] {
  const count = nodeLinks(config).length;
  const taken = new Map<number, string>();
  const takes = (links: readonly number[], name: string): string | undefined => {
    const other = links.map((link) => taken.get(link)).find((each) => each !== undefined);
    for (const link of links) taken.set(link, name);
    return other;
  };
  const networks = config.networks.flatMap((network, index) => {
    const other = takes(linksOfNetwork(network), network.name);
    const message = `The paths of ${network.name} begin with ${network.link}, and ${other} has that number or one after it. Give each its own.`;
    return other === undefined ? [] : [{ path: ['networks', index, 'link'], message }];
  });
  const lines = config.serial.flatMap(({ link, between }, index) => {
    const name = `the line of ${between.join(' and ')}`;
    const other = takes([link], name);
    const message = `${name} would have the number ${link}, and ${other} has it. Give each its own.`;
    return other === undefined ? [] : [{ path: ['serial', index, 'link'], message }];
  });
  const twice = [...networks, ...lines];
  if (count <= LINKS_MAX) return twice;
  return [
    ...twice,
    { path: ['networks'], message: `Paths of all networks and serial lines are ${count} together. ${LINKS_MAX} is the most.` },
  ];
}

function ports(config: ClusterConfig): Problem[] {
  const used = [
    { path: ['heartbeat', 'port'], port: config.heartbeat.port },
    { path: ['discovery', 'port'], port: config.discovery.port },
    { path: ['messages', 'port'], port: config.messagePort },
  ];
  return used.flatMap(({ path, port }, index) => {
    const other = used.slice(0, index).find((entry) => entry.port === port);
    return other === undefined
      ? []
      : [{ path, message: `${port} is ${other.path.join('.')} too. Beats, announcements and messages need a UDP port each.` }];
  });
}

function keys(config: ClusterConfig): Problem[] {
  const insecure = config.authentication === 'none-insecure';
  if (insecure && config.keyFiles.length > 0) {
    return [{ path: ['authentication'], message: 'none-insecure and a key_file contradict each other. Leave one of them out.' }];
  }
  if (insecure || config.keyFiles.length > 0) return [];
  return [
    {
      path: ['key_file'],
      message:
        'is missing: without a key anybody on the wire could command the cluster. Run `heartwire key generate FILE` once, copy FILE to every node, and name it here.',
    },
  ];
}

function serialEnds(config: ClusterConfig): Problem[] {
  const ends = config.serial.flatMap((line, index) =>
    line.between.map((name, end) => ({ index, end, use: `${line.devices[end]} of ${name}` })),
  );
  const twice = ends.filter((entry, place) => ends.findIndex((other) => other.use === entry.use) !== place);
  return [
    ...config.serial.flatMap((line, index) =>
      line.between[0] === line.between[1]
        ? [{ path: ['serial', index, 'between'], message: 'Both ends are the same node. Name two.' }]
        : [],
    ),
    ...twice.map(({ index, end, use }) => ({
      path: ['serial', index, 'devices', end],
      message: `${use} is the end of another line already. Name another device.`,
    })),
  ];
}

function votersThatMayVote(config: ClusterConfig): Problem[] {
  const bridged = config.nodes.filter((node) => node.bridged && config.voters.includes(node.name) && node.name !== config.witness?.node);
  const managers = config.nodes.filter((node) => mayManage(config, node));
  const repeatedVoters = config.voters.filter((name, index) => config.voters.indexOf(name) !== index);
  return [
    ...repeatedVoters.map((name) => ({ path: ['voters'], message: `${name} is named twice. Each has one vote.` })),
    ...bridged.map((node) => ({ path: ['voters'], message: `${node.name} is bridged, and a bridged node is client only. Leave it out.` })),
    ...(managers.length === 0
      ? [{ path: ['nodes'], message: 'Nobody may manage: every voter has preferred_role client. Give one of them another.' }]
      : []),
  ];
}

function twoVoters(config: ConfigDraft): Problem[] {
  if (config.voters.length !== 2 || config.quorumChosen) return [];
  return [
    {
      path: ['quorum'],
      message:
        `${config.voters.join(' and ')} are the only voters, and two have no majority: when one falls silent, the other cannot know whether it has failed or is cut off. ` +
        'Best add a third machine that votes: a witness (`witness: {node: NAME}`), which is asked only when one of them is silent; or name a shared disk (`disk: {device: PATH}`). Or choose: ' +
        '`quorum: none` (the survivor takes over, and two owners are possible when all networks between them fail) or `quorum: majority` (nobody takes over alone).',
    },
  ];
}
