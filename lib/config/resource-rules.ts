// What resource groups ask of the rest of the configuration: nodes that may hold them, addresses that nobody else has, and a
// quorum that can give their seats away.
import { parseAddress } from './address.ts';
import type { ClusterConfig, ResourceGroupConfig } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import type { FieldPath } from './places.ts';
import type { Problem } from './rules.ts';

export function resourceProblems(config: ClusterConfig): Problem[] {
  const { resources } = config;
  if (resources.length === 0) return [];
  return [
    ...taken(
      resources.map(({ name }) => name),
      'group',
      'a group',
    ),
    ...taken(
      resources.map(({ seat }) => seat),
      'seat',
      'a group',
    ),
    ...resources.flatMap((group, index) => [
      ...holderProblems(config, group, index),
      ...addressProblems(config, group, index),
      ...commandProblems(group, index),
    ]),
    ...noDisk(config),
  ];
}

function taken(values: readonly (string | number)[], field: string, what: string): Problem[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (first === index) return [];
    return [
      {
        path: ['resources', index, field],
        message: `${value} is taken already by ${what} above (number ${first + 1} in its list). Give each its own.`,
      },
    ];
  });
}

/** Owner and successors, in this order. */
function holderProblems(config: ClusterConfig, group: ResourceGroupConfig, index: number): Problem[] {
  const named: [FieldPath, string][] = [
    [['resources', index, 'owner'], group.owner],
    ...group.successors.map((node, place): [FieldPath, string] => [['resources', index, 'successors', place], node]),
  ];
  return named.flatMap(([path, node], place) => {
    if (named.findIndex(([, other]) => other === node) < place)
      return [{ path, message: `${node} is named for ${group.name} already. Name each node once; the owner comes first by itself.` }];
    const message = whyItMayNotHold(config, node);
    return message === null ? [] : [{ path, message }];
  });
}

/** Who takes a seat without asking must know from its own vote that nobody else has it. */
function whyItMayNotHold(config: ClusterConfig, node: string): string | null {
  const names = config.nodes.map((each) => each.name);
  if (!names.includes(node)) return `There is no node ${node}.${didYouMean(node, names) || ` There are ${names.join(', ')}.`}`;
  if (node === config.witness?.node) return `${node} is the witness, which votes and holds nothing. Name another.`;
  if (config.nodes.find((each) => each.name === node)?.bridged === true) return `${node} is bridged, and holds no addresses. Name another.`;
  if (!config.voters.includes(node)) return `${node} does not vote, and only voters hold groups. Add it to \`voters\`, or name another.`;
  return null;
}

function addressProblems(config: ClusterConfig, group: ResourceGroupConfig, index: number): Problem[] {
  if (group.addresses.length === 0 && group.commands.length === 0) {
    return [{ path: ['resources', index], message: `${group.name} has nothing that could move. Give it addresses or commands.` }];
  }
  const networks = config.networks.map((network) => network.name);
  const host = (address: string): string => parseAddress(address)?.host ?? address;
  const before = [...config.addresses, ...config.resources.slice(0, index).flatMap(({ addresses }) => addresses)].map(({ address }) =>
    host(address),
  );
  return group.addresses.flatMap(({ address, network }, place) => {
    const path = ['resources', index, 'addresses', place];
    const own = group.addresses.slice(0, place).map((each) => host(each.address));
    const unknown = network !== 'active' && !networks.includes(network);
    return [
      ...(unknown
        ? [
            {
              path: [...path, 'network'],
              message: `There is no network ${network}.${didYouMean(network, networks) || ` There are ${networks.join(', ')}.`}`,
            },
          ]
        : []),
      ...([...before, ...own].includes(host(address))
        ? [
            {
              path: [...path, 'address'],
              message: `${host(address)} is named above already. An address moves with one group, or with the manager.`,
            },
          ]
        : []),
    ];
  });
}

function commandProblems({ name, commands }: ResourceGroupConfig, index: number): Problem[] {
  const names = commands.map((command) => command.name);
  return names.flatMap((each, place) =>
    names.indexOf(each) === place
      ? []
      : [
          {
            path: ['resources', index, 'commands', place, 'command'],
            message: `${each} is taken already by a command of ${name} above. Give each its own.`,
          },
        ],
  );
}

function noDisk({ quorum }: ClusterConfig): Problem[] {
  if (quorum !== 'disk') return [];
  return [
    {
      path: ['resources'],
      message:
        "A shared disk votes on the manager's addresses alone, so a group would be lost with its node. Name a witness instead, or put the addresses into `addresses`.",
    },
  ];
}
