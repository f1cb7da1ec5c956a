// Networks that stand by for others (R9): what must hold before an address can go from one adapter to the other.
import type { ClusterConfig } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './rules.ts';

export function adapterProblems(config: ClusterConfig): Problem[] {
  return config.networks.flatMap((network, index) => {
    if (network.standbyFor === null) return [];
    const message = wrongWith(config, network.name, network.standbyFor, index);
    return message === null ? [] : [{ path: ['networks', index, 'standby_for'], message }];
  });
}

function wrongWith(config: ClusterConfig, name: string, served: string, index: number): string | null {
  return wrongTarget(config, name, served, index) ?? wrongUse(config, name, served);
}

function wrongTarget(config: ClusterConfig, name: string, served: string, index: number): string | null {
  const names = config.networks.map((network) => network.name);
  const target = config.networks.find((network) => network.name === served);
  if (target === undefined) return `There is no network ${served}.${didYouMean(served, names) || ` There are ${names.join(', ')}.`}`;
  if (served === name) return `${name} cannot stand by for itself. Name another network on the same wire.`;
  if (target.standbyFor !== null)
    return `${served} itself stands by for ${target.standbyFor}. Name ${target.standbyFor}, or leave this out.`;
  const first = config.networks.findIndex((network) => network.standbyFor === served);
  if (first !== index)
    return `${config.networks[first]?.name} stands by for ${served} already. A network has one standby adapter at each node.`;
  return null;
}

function wrongUse(config: ClusterConfig, name: string, served: string): string | null {
  const pathsOf = (network: string): readonly string[] => config.networks.find((candidate) => candidate.name === network)?.paths ?? [];
  const both = pathsOf(name).find((kind) => pathsOf(served).includes(kind));
  if (both !== undefined)
    return `${name} and ${served} are one wire and both have ${both} paths, so each would hear the other's. Give one of them paths: [udp], the other paths: [udp6] or [ethernet].`;
  const held = config.addresses.find((entry) => entry.network === name);
  if (held !== undefined) return `${held.address} lives on ${name}, which only stands by. Put it on ${served}.`;
  return null;
}
