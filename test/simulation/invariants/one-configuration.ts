// One configuration everywhere (R7): what a change came to is the same at all nodes, and in the end all run the same one, with
// the same addresses and parameters, and nothing is left of any change.
import type { Host } from '../host.ts';
import type { Invariant } from './index.ts';

/** C17: they are in both configurations of a node that has kept them. */
function parametersOf({ state, parameters }: Host): string {
  const isChanging = [...(state?.rounds.instances.values() ?? [])].some(({ opening }) => opening.kind === 'parameters');
  return isChanging ? 'parameters that change' : JSON.stringify(parameters.inForce.settings);
}

export const oneConfiguration: Invariant = {
  name: 'reconfiguration: one configuration everywhere',
  check: (world) => world.configurationBook.broken,
  settled: (world) => {
    if (world.options.reconfigureEveryMs === 0 || world.options.quorum !== 'majority') return null;
    const members = world.hosts.filter((host) => host.state !== null && host.role() !== 'offline');
    const seen = members.map((host) => {
      const { configurations, virtualAddresses } = host.state ?? {};
      const { text, number } = configurations?.active ?? { text: 'none', number: 0n };
      const wanted = (configurations?.active.layout.addresses ?? []).map(({ address }) => address).sort();
      const has = (virtualAddresses ?? []).map(({ address }) => address).sort();
      if (wanted.join(' ') !== has.join(' ')) return `node ${host.id} has the addresses ${has.join(' ')}, and runs ${text}`;
      const groups = JSON.stringify([...(host.state?.groups.values() ?? [])].map(({ config }) => config));
      if (groups !== JSON.stringify(configurations?.active.layout.groups ?? []))
        return `node ${host.id} has the groups ${groups}, and runs ${text}`;
      return `${text} by ${number}, default ${configurations?.default.text ?? 'none'}, both with ${parametersOf(host)}`;
    });
    const [first] = seen;
    const other = seen.findIndex((each) => each !== first);
    return other < 0 || first === undefined
      ? null
      : `node ${members[0]?.id} runs ${first}, node ${members[other]?.id} ${seen[other] ?? ''}`;
  },
};
