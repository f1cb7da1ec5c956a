// What was set with `heartwire parameters set` and holds instead of what the configuration says (P1, R1). It is kept beside
// the configurations, agreed on by all members, and survives restarts and other files; so whoever shows a configuration shows
// this with it, or would tell what is not in force.
import { parameterDefinitions, type ParameterName, type ParameterUnit } from '../protocol/parameters/definitions.ts';
import type { ParameterSet } from '../protocol/parameters/settings.ts';
import { nameOf } from '../protocol/rounds/state.ts';
import type { NodeId } from '../protocol/types.ts';
import type { ClusterConfig } from './config.ts';
import { valueText } from './duration.ts';
import { parameterBaseOf } from './parameters.ts';

export interface Override {
  readonly name: ParameterName;
  /** Node names: none: for the cluster; one: its pairs, or what it sends; two: between them. */
  readonly nodes: readonly string[];
  readonly unit: ParameterUnit;
  readonly configured: number;
  /** In force. */
  readonly value: number;
}

export interface Overrides {
  /** Of the last change: "3.17", the 17th protocol of epoch 3; "0.0": none was made. */
  readonly version: string;
  readonly values: readonly Override[];
}

export function overridesOf(config: ClusterConfig, { version, settings }: ParameterSet): Overrides {
  const base = parameterBaseOf(config);
  const nameOfNode = (id: NodeId): string => config.nodes.find((node) => node.id === id)?.name ?? `node ${id}`;
  const values = settings.map(({ name, node, pair, value }) => ({
    name,
    nodes: (pair ?? (node === null ? [] : [node])).map(nameOfNode),
    unit: parameterDefinitions[name].unit,
    configured: base[name],
    value,
  }));
  return { version: nameOf(version), values };
}

/** Lines for people; none where nothing is set. */
export function overrideLines({ version, values }: Overrides): string[] {
  if (values.length === 0) return [];
  const lines = values.map(({ name, nodes, unit, configured, value }) => {
    const of = nodes.length === 0 ? '' : nodes.length === 1 ? ` of ${nodes[0]}` : ` between ${nodes.join(' and ')}`;
    return `  ${name}${of}: ${valueText(unit, value)} (configured: ${valueText(unit, configured)})`;
  });
  return [`set while it ran, and in force with whatever file (parameters ${version}):`, ...lines];
}
