// Fit to serve (safety.md): once all networks work again, every member says that it can serve on the one of the addresses, or it would
// be no successor of anybody for ever.
import type { Invariant } from './index.ts';

export const allServe: Invariant = {
  name: 'who can serve says so',
  settled: ({ hosts, options }) => {
    if (options.served !== true) return null;
    const manager = hosts.find((host) => host.role() === 'manager');
    const members = [...(manager?.state?.members.values() ?? [])].filter(({ phase }) => phase === 'active');
    const isThere = (node: number): boolean => hosts[node - 1]?.links.open.has(0) === true; // reconfigurations take networks away
    const unfit = members.find(({ node, serves }) => isThere(node) && serves !== null && (serves & 1) === 0);
    return unfit === undefined ? null : `node ${unfit.node} says that it serves nobody on the first network`;
  },
};
