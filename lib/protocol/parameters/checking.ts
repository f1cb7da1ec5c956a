// May these parameters be set? Every node finds the same answer: ranges, and what they mean together.
import { parameterDefinitions } from './definitions.ts';
import {
  CLUSTER,
  ofNode,
  ofPair,
  type ParameterBase,
  type ParameterSet,
  type Scope,
  type SettingWish,
  valueBetween,
  valueOfCluster,
} from './settings.ts';
import { type BeatTiming, timingFrom } from './timing.ts';

const SILENCE_US_MAX = 600_000_000;
const BEATS_IN_LEASE = 2;
const NODES_MAX = 64;

export function scopeText({ node, pair }: Scope): string {
  if (pair !== null) return `nodes ${pair[0]} and ${pair[1]}`;
  return node === null ? 'the cluster' : `node ${node}`;
}

/** @returns null, or what is wrong with this wish by itself */
export function wishProblem({ name, node, pair, value }: SettingWish): string | null {
  const { min, max, unit } = parameterDefinitions[name];
  const beats = name.startsWith('heartbeat.');
  if (pair !== null && (node !== null || pair[0] >= pair[1])) return `${name}: a pair is two different nodes`;
  if (pair !== null && !beats) return `${name} holds for a node towards all others, and not for a pair`;
  if (value === null) return null;
  const whole = unit === 'ratio' || Number.isInteger(value);
  if (!Number.isFinite(value) || !whole || value < min || value > max) return `${name} must be from ${min} to ${max} ${unit}`;
  return null;
}

export function timingOfCluster(set: ParameterSet, base: ParameterBase): BeatTiming {
  return timingFrom((name) => valueOfCluster(set, base, name));
}

export function timingBetween(set: ParameterSet, base: ParameterBase, one: number, other: number): BeatTiming {
  return timingFrom((name) => valueBetween(set, base, name, one, other));
}

function timingProblem(timing: BeatTiming, leaseUs: number, scope: Scope): string | null {
  const { intervalUs, silenceUs } = timing;
  const whose = scopeText(scope);
  if (silenceUs < 2 * intervalUs)
    return `${whose}: threshold x time-out is ${silenceUs} us, shorter than two intervals of ${intervalUs} us: one lost beat would fail a node`;
  if (silenceUs > SILENCE_US_MAX) return `${whose}: threshold x time-out is ${silenceUs} us, longer than ${SILENCE_US_MAX} us`;
  if (BEATS_IN_LEASE * intervalUs > leaseUs)
    return `${whose}: an interval of ${intervalUs} us is too long for the cluster's leases of ${leaseUs} us`;
  return null;
}

/** Nodes with values of their own; 0 stands for all others. */
function nodesNamed({ settings }: ParameterSet): number[] {
  return [...new Set([0, ...settings.flatMap(({ node, pair }) => [...(node === null ? [] : [node]), ...(pair ?? [])])])].sort(
    (left, right) => left - right,
  );
}

/** @returns null, or why this set must not be in force */
export function setProblem(set: ParameterSet, base: ParameterBase): string | null {
  const wrong = set.settings.map(wishProblem).find((problem) => problem !== null);
  if (wrong !== undefined) return wrong;
  const cluster = timingOfCluster(set, base);
  const nodes = nodesNamed(set);
  if (nodes.length > NODES_MAX) return `more than ${NODES_MAX} nodes have values of their own`;
  const ofCluster = timingProblem(cluster, cluster.silenceUs, CLUSTER);
  if (ofCluster !== null) return ofCluster;
  for (const [index, one] of nodes.entries()) {
    for (const other of nodes.slice(index + 1)) {
      const scope = one === 0 ? ofNode(other) : ofPair(one, other);
      const problem = timingProblem(timingBetween(set, base, one, other), cluster.silenceUs, scope);
      if (problem !== null) return problem;
    }
  }
  return null;
}
