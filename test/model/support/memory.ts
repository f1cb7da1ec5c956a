// A walk meets the same state of a node, and the same message to it, in very many states of the whole: they differ in what
// the others do. So each step is computed once, and equal values are one object with one number; a state of the whole is
// then told from others by a few numbers. That makes walks of hundreds of thousands of states affordable.
import type { Step } from '../../../lib/protocol/node.ts';
import type { Event, ProtocolConfig } from '../../../lib/protocol/types.ts';
import type { Model, ModelNode, Parcel } from './model.ts';

type StepFunction = Model['step'];

/** What is the same in all states of a walk, or (settledUntilMs) only spares a look that finds nothing (test/simulation/passed-by.ts). */
const CONSTANT = new Set(['description', 'nics', 'settledUntilMs']);

function plain(key: string, value: unknown): unknown {
  if (CONSTANT.has(key)) return undefined;
  // Only its voters and networks change; a group's is all that there is of it.
  if (key === 'config' && 'networks' in (value as object))
    return `${(value as ProtocolConfig).voterSet} ${(value as ProtocolConfig).networks.join()}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map) return [...value].sort(([left], [right]) => (left < right ? -1 : 1));
  return value;
}

const EMPTY: readonly Parcel[] = [];

export class Memory {
  readonly #compute: StepFunction;
  readonly #numbers = new WeakMap<object, number>();
  readonly #known = new Map<string, object>();
  readonly #steps = new Map<string, Step>();
  readonly #queues = new WeakMap<readonly Parcel[], string>();
  readonly #budgets = new WeakMap<Model['budget'], string>();
  readonly #short = new Map<string, string>();

  constructor(compute: StepFunction) {
    this.#compute = compute;
  }

  readonly step: StepFunction = (state, event, nowMs) => {
    const key = `${this.#numberOf(state)} ${this.#keyOf(event)} ${nowMs}`;
    const before = this.#steps.get(key);
    if (before !== undefined) return before;
    const { state: next, effects } = this.#compute(state, event, nowMs);
    const remembered: Step = { state: this.#same(next), effects };
    this.#steps.set(key, remembered);
    return remembered;
  };

  /** Steps that were computed. */
  get computed(): number {
    return this.#steps.size;
  }

  /** The same text for equal models. */
  keyOf(model: Model): string {
    const nodes = model.nodes.map((node) => this.nodeKey(node)).join('|');
    return this.keyWith(model, nodes, (pipe) => this.queueKey(model.pipes[pipe] ?? EMPTY));
  }

  /** Of a model that is as this one but for its nodes and what is on the way. */
  keyWith({ nowMs, nodes, announcements, budget, violation }: Model, nodeKeys: string, queueKey: (pipe: string) => string): string {
    let text = `${nowMs}|${nodeKeys}|`;
    for (const { id: from } of nodes) for (const { id: to } of nodes) if (from !== to) text += `${queueKey(`${from}>${to}`)};`;
    for (const key of Object.keys(announcements).sort()) text += `${key}:${this.parcel(announcements[key] as Parcel)};`;
    return `${text}|${this.#budgetKey(budget)}|${violation ?? ''}`;
  }

  /** The same for equal queues. */
  queueKey(queue: readonly Parcel[]): string {
    if (queue.length === 0) return '';
    const known = this.#queues.get(queue);
    if (known !== undefined) return known;
    const key = this.short(this.textOf(queue));
    this.#queues.set(queue, key);
    return key;
  }

  /** Each parcel adds its own to the end of it. */
  textOf(queue: readonly Parcel[]): string {
    let text = '';
    for (const parcel of queue) text += `${this.parcel(parcel)},`;
    return text;
  }

  /** The same, and short, for equal texts. */
  short(text: string): string {
    const known = this.#short.get(text);
    if (known !== undefined) return known;
    const short = this.#short.size.toString(36);
    this.#short.set(text, short);
    return short;
  }

  #budgetKey(budget: Model['budget']): string {
    const known = this.#budgets.get(budget);
    if (known !== undefined) return known;
    const text = this.short(`budget ${Object.values(budget).join()}`);
    this.#budgets.set(budget, text);
    return text;
  }

  nodeKey(node: ModelNode): string {
    return (node.key ||= this.#node(node));
  }

  #node(node: ModelNode): string {
    const {
      running,
      boot,
      state,
      seat,
      beats,
      watches,
      up,
      condemned,
      sessions,
      toVote,
      deeds,
      records,
      kept,
      rules,
      parameters,
      configurations,
      parts,
      lists: carried,
      reservedOfGroups,
      limits,
      promises,
    } = node;
    const tasks = toVote.map(({ number, round }) => `${number}/${round}`);
    const lists = [beats, watches, up, condemned, tasks].map((list) => list.join('.')).join();
    const values = [running, boot, state === null ? 0 : this.#numberOf(state), this.#numberOf(seat), Object.entries(sessions).join()];
    const old = promises.length === 0 ? [] : [this.#numberOf(promises)];
    const disk = [this.#numberOf(records), kept, this.#numberOf(parameters), configurations.mark, rules.voterSet];
    const groups =
      parts.length === 0 ? [] : [this.#numberOf(parts), this.#numberOf(carried), this.#numberOf(reservedOfGroups), this.#numberOf(limits)];
    const text = [...values, lists, this.#numberOf(deeds), ...disk, ...groups, ...old].join(';');
    return this.short(text);
  }

  /** The same text for equal parcels. */
  parcel({ fromBoot, toBoot, content }: Parcel): string {
    return `${fromBoot}.${toBoot}.${this.#numberOf(content as object)}`;
  }

  #keyOf(event: Event): string {
    if (event.type !== 'received') return JSON.stringify(event, plain);
    return `received ${event.from} ${event.boot} ${this.#numberOf(event.message as object)}`;
  }

  #numberOf(value: object): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#numbers.get(this.#same(value)) ?? 0;
    this.#numbers.set(value, number);
    return number;
  }

  /** The first object that was equal to this one. */
  #same<Value extends object>(value: Value): Value {
    const text = JSON.stringify(value, plain);
    const known = this.#known.get(text);
    if (known !== undefined) return known as Value;
    this.#known.set(text, value);
    this.#numbers.set(value, this.#known.size);
    return value;
  }
}
