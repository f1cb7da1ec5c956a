// A delivery, or work that is done, does the same to a node whatever state the others are in: so what it did once tells the key
// of the state after the next one like it, and most of these states were met already. A walk then does not make them at all;
// nothing is left out.
//
// What is learnt is only what stayed within its node: nobody else changed, and messages joined the ends of queues. A release is
// not learnt: it changes the voters that had granted, who may be others elsewhere.
import type { Foresight } from './explore.ts';
import type { Memory } from './memory.ts';
import type { Model, ModelNode, Parcel } from './model.ts';

interface Learnt {
  readonly key: string;
  /** Texts of what joined which queue. */
  readonly sent: ReadonlyMap<string, string>;
}

/** Where something happens, and by the first message of which queue. */
interface Place {
  readonly node: ModelNode;
  readonly index: number;
  readonly pipe: string | null;
  readonly first: Parcel | null;
}

const NOTHING: readonly Parcel[] = [];
const WITHIN = /^(?:deliver (\d+>\d+)|vote .* at (\d+))$/;

export class Foreseen implements Foresight {
  readonly #memory: Memory;
  readonly #known = new Map<string, Learnt | null>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  keyAfter(model: Model, action: string): string | null {
    const place = placeOf(model, action);
    const learnt = place === null ? null : (this.#known.get(this.#situation(model, action, place)) ?? null);
    if (place === null || learnt === null) return null;
    let nodes = '';
    model.nodes.forEach((node, index) => {
      nodes += `${index === 0 ? '' : '|'}${index === place.index ? learnt.key : this.#memory.nodeKey(node)}`;
    });
    return this.#memory.keyWith(model, nodes, (pipe) => {
      const queue = model.pipes[pipe] ?? NOTHING;
      const sent = learnt.sent.get(pipe);
      if (pipe !== place.pipe && sent === undefined) return this.#memory.queueKey(queue);
      const text = this.#memory.textOf(pipe === place.pipe ? queue.slice(1) : queue) + (sent ?? '');
      return text === '' ? '' : this.#memory.short(text);
    });
  }

  learn(model: Model, action: string, reached: Model): void {
    const place = placeOf(model, action);
    if (place === null) return;
    const situation = this.#situation(model, action, place);
    if (this.#known.has(situation)) return;
    const node = reached.nodes[place.index];
    const sent = this.#sentIn(model, reached, place);
    const isWithin = node !== undefined && sent !== null && staysWithin(model, reached, place.index);
    this.#known.set(situation, isWithin ? { key: this.#memory.nodeKey(node), sent } : null);
  }

  /** All that it depends on: where nothing may be refused any more, work is part of the step that asks for it (walk.ts). */
  #situation({ nodes, budget }: Model, action: string, { node, first }: Place): string {
    const starts = nodes.map(({ running, boot }) => `${running ? boot : '-'}`).join();
    return `${action} ${this.#memory.nodeKey(node)} ${first === null ? '' : this.#memory.parcel(first)} ${starts} ${budget.refuse}`;
  }

  /** What was put to the ends of the queues; null: something else was done to them. */
  #sentIn(model: Model, reached: Model, { pipe }: Place): Learnt['sent'] | null {
    const sent = new Map<string, string>();
    for (const [key, queue] of Object.entries(reached.pipes)) {
      const all = model.pipes[key] ?? NOTHING;
      const left = key === pipe ? all.slice(1) : all;
      if (left.some((parcel, place) => queue[place] !== parcel)) return null;
      if (queue.length > left.length) sent.set(key, this.#memory.textOf(queue.slice(left.length)));
    }
    return sent;
  }
}

function placeOf({ nodes, pipes }: Model, action: string): Place | null {
  const [, pipe = null, at = null] = WITHIN.exec(action) ?? [];
  if (pipe === null && at === null) return null;
  const id = Number(at ?? pipe?.split('>')[1]);
  const index = nodes.findIndex((each) => each.id === id);
  const node = nodes[index];
  return node === undefined ? null : { node, index, pipe, first: (pipe === null ? null : pipes[pipe]?.[0]) ?? null };
}

const seatsHeld = (node: ModelNode): number => [node, ...node.parts].filter(({ seat }) => seat.phase !== 'none').length;

function staysWithin(model: Model, reached: Model, at: number): boolean {
  if (reached.violation !== null || reached.announcements !== model.announcements || reached.nowMs !== model.nowMs) return false;
  if (reached.budget !== model.budget) return false;
  return reached.nodes.every((node, index) => {
    const before = model.nodes[index];
    return index === at && before !== undefined ? seatsHeld(node) >= seatsHeld(before) : node === before;
  });
}
