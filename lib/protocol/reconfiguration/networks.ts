// Networks that come and go while the cluster runs (R5). Which sockets each node opens and closes for them is its runtime's
// business; here is what must hold of them, and what the protocols know of them afterwards.
import { adoptNetwork } from '../membership/networks.ts';
import type { Turn } from '../membership/turn.ts';
import type { Layout } from './state.ts';

/** At the manager: null, or why the networks cannot change so. */
export function networksRefusal({ state }: Pick<Turn, 'state'>, to: Layout): string | null {
  const { activeNetwork } = state;
  if (to.networks === undefined || to.networks.some(({ name }) => name === activeNetwork)) return null;
  const other = to.networks.map(({ name }) => name).find((name) => state.config.networks.includes(name));
  const wayOut = other === undefined ? 'add another one first' : `make another one active first: \`heartwire network ${other}\``;
  return `network ${activeNetwork} is the active one; ${wayOut}`;
}

/** Decided: those there are from now on. What was known of a link that is no more says nothing of the next one with its number. */
export function useNetworks(turn: Turn, { networks }: Layout): void {
  if (networks === undefined) return;
  const { state } = turn;
  const names = networks.map(({ name }) => name);
  if (names.join(' ') === state.config.networks.join(' ')) return;
  const gone = networks.length === 0 ? [] : goneLinks(turn, networks);
  state.config = { ...state.config, networks: names, standbyAdapters: standbyAdaptersOf(networks) };
  state.carrierDown = state.carrierDown.filter(({ link }) => !gone.includes(link));
  for (const member of state.members.values()) member.linksDown = member.linksDown.filter(({ link }) => !gone.includes(link));
  const [first] = names;
  if (first !== undefined && !names.includes(state.activeNetwork)) adoptNetwork(turn, first, 'the active network was removed');
}

function standbyAdaptersOf(networks: NonNullable<Layout['networks']>): Record<string, string> {
  return Object.fromEntries(networks.flatMap(({ name, standbyFor }) => (standbyFor === undefined ? [] : [[standbyFor, name]])));
}

function goneLinks({ state }: Turn, networks: NonNullable<Layout['networks']>): number[] {
  const kept = new Set(networks.flatMap(({ links }) => links));
  return state.self.nics.map(({ link }) => link).filter((link) => !kept.has(link));
}
