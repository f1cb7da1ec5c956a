// What was set for whom, and which of it counts: a pair's value before a node's before the cluster's before the
// configuration's (P2). V3's raise stands above them all, where the engine is told (lib/runtime/parameter-keeper.ts).
import type { NodeId } from '../types.ts';
import type { ParameterName } from './definitions.ts';

/** For whom: the cluster (both null), all pairs of a node, or one pair (the smaller id first). */
export interface Scope {
  readonly node: NodeId | null;
  readonly pair: readonly [NodeId, NodeId] | null;
}

export interface Setting extends Scope {
  readonly name: ParameterName;
  /** In the unit of its definition. */
  readonly value: number;
}

/** Null: what holds without it. */
export interface SettingWish extends Scope {
  readonly name: ParameterName;
  readonly value: number | null;
}

/** All that was set. `version`: number of the change that made it; 0: nothing was ever set. */
export interface ParameterSet {
  readonly version: bigint;
  readonly settings: readonly Setting[];
}

/** What the configuration says. */
export type ParameterBase = Readonly<Record<ParameterName, number>>;

export const NOTHING_SET: ParameterSet = { version: 0n, settings: [] };

export function sameScope(one: Scope, other: Scope): boolean {
  return one.node === other.node && one.pair?.[0] === other.pair?.[0] && one.pair?.[1] === other.pair?.[1];
}

/** Before the first change each node has what its file says, which need not be the same: that change names all that shall hold. */
export function firstWishes({ version, settings }: ParameterSet, wishes: readonly SettingWish[]): readonly SettingWish[] {
  const isNamed = (setting: Setting): boolean => wishes.some((wish) => wish.name === setting.name && sameScope(wish, setting));
  return version === 0n ? [...settings.filter((setting) => !isNamed(setting)), ...wishes] : wishes;
}

export function changed(before: ParameterSet, wishes: readonly SettingWish[], version: bigint): ParameterSet {
  const isReplaced = (setting: Setting): boolean => wishes.some((wish) => wish.name === setting.name && sameScope(wish, setting));
  const kept = before.version === 0n ? [] : before.settings.filter((setting) => !isReplaced(setting));
  const added = wishes.flatMap(({ name, node, pair, value }) => (value === null ? [] : [{ name, node, pair, value }]));
  return { version, settings: [...kept, ...added] };
}

/** @returns null: nothing was set for that scope itself */
export function settingOf({ settings }: ParameterSet, name: ParameterName, scope: Scope): number | null {
  return settings.find((setting) => setting.name === name && sameScope(setting, scope))?.value ?? null;
}

export const CLUSTER: Scope = { node: null, pair: null };
export const ofNode = (node: NodeId): Scope => ({ node, pair: null });
export const ofPair = (one: NodeId, other: NodeId): Scope => ({ node: null, pair: one < other ? [one, other] : [other, one] });

/** Of two nodes with values of their own both ends take the larger one: neither is judged sooner than it was told. */
function ofNodes(set: ParameterSet, name: ParameterName, nodes: readonly NodeId[]): number | null {
  const values = nodes.map((node) => settingOf(set, name, ofNode(node))).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

/** What holds between two nodes. */
export function valueBetween(set: ParameterSet, base: ParameterBase, name: ParameterName, one: NodeId, other: NodeId): number {
  return settingOf(set, name, ofPair(one, other)) ?? ofNodes(set, name, [one, other]) ?? valueOfCluster(set, base, name);
}

/** What holds at a node towards all. */
export function valueAt(set: ParameterSet, base: ParameterBase, name: ParameterName, node: NodeId): number {
  return settingOf(set, name, ofNode(node)) ?? valueOfCluster(set, base, name);
}

export function valueOfCluster(set: ParameterSet, base: ParameterBase, name: ParameterName): number {
  return settingOf(set, name, CLUSTER) ?? base[name];
}

/** Is anything of the beats set for these two, or for one of them? */
export function isSetBetween({ settings }: ParameterSet, one: NodeId, other: NodeId): boolean {
  const pair = ofPair(one, other);
  const concerns = ({ name, node, ...scope }: Setting): boolean =>
    name.startsWith('heartbeat.') && (node === one || node === other || (scope.pair !== null && sameScope({ node, ...scope }, pair)));
  return settings.some(concerns);
}

/** What was set while the cluster ran, and what the configuration of this node says. */
export interface PresentParameters {
  readonly set: ParameterSet;
  readonly base: ParameterBase;
}
