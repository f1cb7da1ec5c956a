// The configurations on a node's disk, for transcripts and the simulator: what lib/runtime/configuration-desk.ts does there,
// with a configuration of few words: addresses, all on one network, and voters, who are all its nodes unless it names more
// ("10.1.0.100/24 10.1.0.101/24 voters=1,2,3 nodes=1,2,3,4"); and networks, where they are to change, by name, number of the link,
// and which nodes have an adapter there, all unless it says ("networks=a/0,b/1,c/2/1+3"); resource groups by their seats, each with its
// owner and its successors ("1:2,3"), addresses of theirs ("1@10.1.0.102/24"), commands ("1!web,mail"),
// which take a while to stop, and another name than that of its seat ("1~web").
import { createHash } from 'node:crypto';
import type { Edit } from '../../../lib/protocol/reconfiguration/edit.ts';
import { type Reconfiguration, roundsFor } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Active, Configurations, Held, Layout, NetworkLayout } from '../../../lib/protocol/reconfiguration/state.ts';
import type { NodeId, ResourceGroup } from '../../../lib/protocol/types.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';

export interface Worked {
  readonly ok: boolean;
  readonly reason: string;
  readonly payload: unknown;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function networksIn(word: string, all: readonly NodeId[]): NetworkLayout[] {
  const parts = word.slice(word.indexOf('=') + 1).split(',');
  return parts.map((part) => {
    const [name = '', link = '0', nodes] = part.split('/');
    return { name, links: [Number(link)], nodes: nodes?.split('+').map(Number) ?? all };
  });
}

const namesOf = ({ networks = [] }: Layout): string[] => networks.map(({ name }) => name);

const STOP_MS = 500;

function commandsIn(words: string | undefined): Partial<ResourceGroup> {
  return words === undefined ? {} : { commands: words.split(','), stopMs: STOP_MS };
}

/** Of a group, beside what the words say. */
export type Traits = (seat: number) => Pick<ResourceGroup, 'failBackAfterMs' | 'stopMs'>;
const PLAIN: Traits = () => ({ failBackAfterMs: null, stopMs: null });

export class KeptConfigurations {
  readonly #network: string;
  readonly #traits: Traits;
  /** Where the text says nothing of them. */
  readonly #voters: readonly NodeId[];
  #default: Held;
  #active: Active;
  #temporary: { readonly number: bigint; readonly held: Held } | null = null;
  #seen = 0n;
  /** Names of the networks that it has open; with the process they are gone. */
  #open: readonly string[];

  constructor(text: string, network: string, voters: readonly NodeId[], traits: Traits = PLAIN) {
    this.#network = network;
    this.#traits = traits;
    this.#voters = voters;
    this.#default = { number: 0n, version: 1, digest: digestOf(text), text };
    this.#active = { ...this.#default, layout: this.layoutOf(text) };
    this.#open = namesOf(this.#active.layout);
  }

  layoutOf(text: string, before: Layout | null = null): Layout {
    const words = text.split(' ').filter((word) => word !== '');
    const list = (name: string): NodeId[] | undefined =>
      words
        .find((word) => word.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .split(',')
        .map(Number);
    const voters = list('voters') ?? this.#voters;
    const sameVoters = before === null || before.voters.join() === voters.join();
    const groups = this.#groupsOf(words);
    const networks = words.find((word) => word.startsWith('networks='));
    const nodes = list('nodes') ?? voters;
    return {
      addresses: words.filter((word) => !/[=:@!~]/.test(word)).map((address) => ({ address, network: this.#network })),
      ...(groups.length === 0 ? {} : { groups }),
      nodes,
      voters,
      voterSet: (before?.voterSet ?? 1) + (sameVoters ? 0 : 1),
      ...(networks === undefined ? {} : { networks: networksIn(networks, nodes) }),
    };
  }

  #groupsOf(words: readonly string[]): ResourceGroup[] {
    const split = (mark: string): [number, string][] =>
      words.filter((word) => word[1] === mark).map((word) => [Number(word[0]), word.slice(2)]);
    return split(':').map(([seat, holders]) => ({
      name: split('~').find(([of]) => of === seat)?.[1] ?? `group${seat}`,
      seat,
      holders: holders.split(',').map(Number),
      ...this.#traits(seat),
      ...commandsIn(split('!').find(([of]) => of === seat)?.[1]),
      addresses: split('@')
        .filter(([of]) => of === seat)
        .map(([, address]) => ({ address, network: this.#network })),
    }));
  }

  /** Networks of what runs; and, while that changes, those that come. */
  get open(): readonly string[] {
    return this.#open;
  }

  /** At a start. */
  get configurations(): Configurations {
    return { default: this.#default, active: this.#active, versionMax: Math.max(this.#default.version, this.#active.version) };
  }

  get inForce(): bigint {
    return this.#seen;
  }

  /** What runs, and what is left of a change. */
  get standing(): { readonly active: string; readonly number: bigint; readonly temporary: bigint | null } {
    return { active: this.#active.text, number: this.#active.number, temporary: this.#temporary?.number ?? null };
  }

  /** The same where all of it is. */
  get mark(): string {
    const held = [this.#default, this.#active, this.#temporary?.held].map((each) =>
      each === undefined ? '' : `${each.number} ${each.text}`,
    );
    return [...held, this.#temporary?.number ?? 0n, this.#seen, this.#open].join('/');
  }

  /** This one, after a change; it stays as it is itself. */
  after(change: (next: KeptConfigurations) => void): KeptConfigurations {
    const next = new KeptConfigurations(this.#active.text, this.#network, this.#voters, this.#traits);
    next.#default = this.#default;
    next.#active = this.#active;
    next.#temporary = this.#temporary;
    next.#seen = this.#seen;
    next.#open = this.#open;
    change(next);
    return next;
  }

  /** At a start. */
  forgetUnsaid(records: readonly RoundRecord[]): void {
    this.#open = namesOf(this.#active.layout);
    const record = records.find(({ opening }) => opening.number === this.#temporary?.number);
    if (record === undefined || record.outcome?.committed === false) this.#temporary = null;
  }

  edit(text: string, base: number | null): Edit {
    return { base, version: 0, digest: digestOf(text), text };
  }

  reconfiguration(now: Configurations): Reconfiguration {
    const { active, default: wanted } = now;
    const { version, digest, text } = wanted;
    return { base: String(active.number), version, digest, from: active.layout, to: this.layoutOf(text, active.layout) };
  }

  /** @param now as the protocol knows them */
  work(number: bigint, kind: string, round: number, body: unknown, now: Configurations): Worked {
    const name = kind === 'edit' ? 'check' : roundsFor(body as Reconfiguration)[round];
    if (name === 'beats') this.#open = [...new Set([...this.#open, ...namesOf((body as Reconfiguration).to)])];
    if (name !== 'copy' && name !== 'identical') return { ok: true, reason: '', payload: null };
    if (name === 'identical') return { ok: true, reason: '', payload: this.#temporary?.held.digest ?? '' };
    const { base, digest } = body as Reconfiguration;
    if (now.active.number !== BigInt(base)) return { ok: false, reason: 'its active configuration is another one', payload: null };
    if (now.default.digest !== digest) return { ok: false, reason: 'its default configuration is another one', payload: null };
    if (this.#temporary !== null && this.#temporary.number !== number)
      return { ok: false, reason: `the change ${this.#temporary.number} has not ended here`, payload: null };
    this.#temporary = { number, held: this.#default };
    return { ok: true, reason: '', payload: null };
  }

  keepDefault(held: Held): void {
    this.#default = held;
    this.#saw(held.number);
  }

  activate(active: Active): void {
    this.#active = active;
    this.#temporary = null;
    this.#open = namesOf(active.layout);
    this.#saw(active.number);
  }

  undone(number: bigint): void {
    if (this.#temporary?.number === number) this.#temporary = null;
    this.#open = namesOf(this.#active.layout);
  }

  #saw(number: bigint): void {
    if (number > this.#seen) this.#seen = number;
  }
}
