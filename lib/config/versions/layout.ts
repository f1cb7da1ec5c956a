// What the protocols must know of a configuration to go to it from another one (lib/protocol/reconfiguration), and what a
// running cluster cannot change.
import type { Layout } from '../../protocol/reconfiguration/state.ts';
import { type ClusterConfig, nodeByName } from '../config.ts';
import type { Plan } from './plan.ts';

/** @param before what it follows; null: a start, with the first set of voters */
export function layoutOf(config: ClusterConfig, before: Layout | null): Layout {
  const ids = (names: readonly string[]): number[] => names.map((name) => nodeByName(config, name).id).sort((left, right) => left - right);
  const voters = ids(config.voters);
  const sameVoters = before === null || JSON.stringify(before.voters) === JSON.stringify(voters);
  return {
    addresses: config.addresses.map(({ address, network }) => ({ address, network })),
    nodes: ids(config.nodes.map(({ name }) => name)),
    voters,
    voterSet: (before?.voterSet ?? 1) + (sameVoters ? 0 : 1),
  };
}

const COMES_AND_GOES: ReadonlySet<string> = new Set(['node', 'voter', 'adapter']);

/** Null, or what of the change takes a restart. */
export function hindrance(before: ClusterConfig, after: ClusterConfig, { differs, steps }: Plan): string | null {
  if (differs.includes('settings')) return 'settings differ, too';
  const group = steps.find(({ kind }) => kind.startsWith('group'));
  if (group !== undefined) return `${group.kind} ${group.name} differs, too`;
  const stays = new Set(
    before.nodes.filter(({ id, name }) => after.nodes.some((other) => other.id === id && other.name === name)).map(({ name }) => name),
  );
  const changed = steps.find(({ part, kind, action }) => part === 'topology' && (!COMES_AND_GOES.has(kind) || action === 'change'));
  if (changed !== undefined) return `${changed.kind} ${changed.name} differs, too`;
  for (const name of stays) {
    const [old, now] = [nodeByName(before, name), nodeByName(after, name)];
    if (JSON.stringify(old.interfaces) !== JSON.stringify(now.interfaces)) return `the adapters of ${name} differ, too`;
  }
  return null;
}
