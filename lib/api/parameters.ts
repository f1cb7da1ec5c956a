// Communication parameters as people and programs see and change them (P1, P2): values in the unit of each, nodes by name.
import { closest } from '../config/did-you-mean.ts';
import { HeartwireError } from '../errors.ts';
import { setProblem, wishProblem } from '../protocol/parameters/checking.ts';
import {
  isParameterName,
  type ParameterDefinition,
  parameterDefinitions,
  type ParameterName,
  parameterNames,
} from '../protocol/parameters/definitions.ts';
import type { ParameterChange } from '../protocol/parameters/parameters.ts';
import {
  changed,
  CLUSTER,
  firstWishes,
  ofNode,
  ofPair,
  type Scope,
  type SettingWish,
  valueAt,
  valueBetween,
  valueOfCluster,
} from '../protocol/parameters/settings.ts';
import { nameOf } from '../protocol/rounds/state.ts';
import type { Command, NodeId } from '../protocol/types.ts';
import type { Runtime } from '../runtime/types.ts';
import { type NodeReference, resolveNode } from './node-reference.ts';

const TIMEOUT_MS = 15_000;

/** For whom; default: the cluster. */
export interface ParameterScope {
  /** All pairs of this node (heartbeat), or what it sends (messages). */
  readonly node?: NodeReference;
  /** Two nodes; heartbeat parameters only. */
  readonly pair?: readonly [NodeReference, NodeReference];
}

export interface SetParameterOptions extends ParameterScope {
  /** Undecided after so long it is ended: set nowhere, where that is still possible. Default 15,000. */
  readonly timeoutMs?: number;
}

export interface ParameterStatus extends ParameterDefinition {
  readonly name: string;
  /** In the configuration of this node. */
  readonly configured: number;
  /** What holds where nothing else is set. */
  readonly cluster: number;
  /** Set for one node, for one pair. */
  readonly nodes: readonly { readonly node: string; readonly value: number }[];
  readonly pairs: readonly { readonly nodes: readonly [string, string]; readonly value: number }[];
}

export interface ParameterReport {
  /** Of the last change: "3.17", the 17th protocol of epoch 3; "0.0": none was made. The same on all members. */
  readonly version: string;
  readonly parameters: readonly ParameterStatus[];
}

export class Parameters {
  readonly #runtime: Pick<Runtime, 'parameters' | 'status'>;
  readonly #carryOut: (command: Command) => Promise<unknown>;

  /** Use Cluster.parameters. */
  constructor(runtime: Pick<Runtime, 'parameters' | 'status'>, carryOut: (command: Command) => Promise<unknown>) {
    this.#runtime = runtime;
    this.#carryOut = carryOut;
  }

  /** All eleven, with their ranges and what each does. @throws HeartwireError HW_NOT_RUNNING */
  list(): ParameterReport {
    const { set, base } = this.#runtime.parameters();
    const nameOfNode = (id: NodeId): string => this.#runtime.status().nodes.find(({ node }) => node === id)?.name ?? `${id}`;
    const parameters = parameterNames.map((name) => {
      const own = set.settings.filter((setting) => setting.name === name);
      return {
        name,
        ...parameterDefinitions[name],
        configured: base[name],
        cluster: valueOfCluster(set, base, name),
        nodes: own.flatMap(({ node, value }) => (node === null ? [] : [{ node: nameOfNode(node), value }])),
        pairs: own.flatMap(({ pair, value }) =>
          pair === null ? [] : [{ nodes: [nameOfNode(pair[0]), nameOfNode(pair[1])] as const, value }],
        ),
      };
    });
    return { version: nameOf(set.version), parameters };
  }

  /**
   * What holds for the cluster, at a node, or between two.
   * @throws HeartwireError HW_PARAMETER_INVALID, HW_NODE_UNKNOWN, HW_NOT_RUNNING
   */
  get(name: string, scope: ParameterScope = {}): number {
    const { set, base } = this.#runtime.parameters();
    const known = checkedName(name);
    const { node, pair } = this.#scopeOf(scope);
    if (pair !== null) return valueBetween(set, base, known, ...pair);
    return node === null ? valueOfCluster(set, base, known) : valueAt(set, base, known, node);
  }

  /**
   * Changes one or several at once, on all members or on none, while everything goes on. Resolves when it is in force here.
   * @param values by name, each in the unit of its parameter; null: as if it had never been set
   * @throws HeartwireError HW_PARAMETER_INVALID, HW_NODE_UNKNOWN, HW_OPERATION_ABORTED (changed nowhere), HW_OUTCOME_UNKNOWN, HW_REFUSED, HW_NOT_RUNNING
   */
  async set(values: Readonly<Record<string, number | null>>, options: SetParameterOptions = {}): Promise<ParameterReport> {
    const scope = this.#scopeOf(options);
    const { set, base } = this.#runtime.parameters();
    const wanted: SettingWish[] = Object.entries(values).map(([name, value]) => ({ ...scope, name: checkedName(name), value }));
    const wishes = firstWishes(set, wanted);
    const problem =
      (wanted.length === 0 ? 'nothing is to be set' : null) ??
      wishes.map(wishProblem).find((each) => each !== null) ??
      setProblem(changed(set, wishes, set.version), base);
    if (problem !== null) throw HeartwireError.of('HW_PARAMETER_INVALID', { reason: problem });
    const body: ParameterChange = { base: set.version, wishes };
    await this.#carryOut({ name: 'propose', kind: 'parameters', body, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
    return this.list();
  }

  #scopeOf({ node, pair }: ParameterScope): Scope {
    const { nodes } = this.#runtime.status();
    if (node !== undefined && pair !== undefined)
      throw HeartwireError.of('HW_PARAMETER_INVALID', { reason: 'it is set for a node or for a pair, not for both' });
    if (node !== undefined) return ofNode(resolveNode(nodes, node));
    if (pair === undefined) return CLUSTER;
    return ofPair(resolveNode(nodes, pair[0]), resolveNode(nodes, pair[1]));
  }
}

function checkedName(name: string): ParameterName {
  if (isParameterName(name)) return name;
  const guess = closest(name, parameterNames);
  const known = guess === null ? `there are ${parameterNames.join(', ')}` : `did you mean ${guess}?`;
  throw HeartwireError.of('HW_PARAMETER_INVALID', { reason: `there is no parameter ${name}; ${known}` });
}
