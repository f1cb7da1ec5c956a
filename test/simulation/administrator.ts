// The administrator of one simulated node, and the configurations on its disk: now and then he edits the default one, or has
// it applied to the running cluster. What became active where goes into the book of the run.
import type { Message } from '../../lib/protocol/membership/messages.ts';
import { type Edit, EDIT } from '../../lib/protocol/reconfiguration/edit.ts';
import { RECONFIGURE, type Reconfiguration, roundsFor } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Active, Held, Layout } from '../../lib/protocol/reconfiguration/state.ts';
import type { Effect, Event, ProtocolConfig } from '../../lib/protocol/types.ts';
import { KeptConfigurations } from '../scenarios/support/kept-configurations.ts';
import type { Host } from './host.ts';
import { FIRST_NETWORKS } from './network-texts.ts';
import { GROUP_SEATS, holdersOf, traitsOf } from './protocol-config.ts';
import type { World } from './world.ts';

const NETWORK = 'a';
const FIRST = '10.0.0.100/24';

export class Administrator {
  readonly #host: Host;
  readonly kept: KeptConfigurations;
  #lastWord = 0n;

  constructor(host: Host, { voters, groups }: ProtocolConfig) {
    this.#host = host;
    const words = groups.flatMap(({ seat, holders, addresses }) => [
      `${seat}:${holders.join(',')}`,
      ...addresses.map(({ address }) => `${seat}@${address}`),
    ]);
    const networks = host.world.options.networksChange === true ? [FIRST_NETWORKS] : [];
    this.kept = new KeptConfigurations([FIRST, ...networks, ...words].join(' '), NETWORK, voters, traitsOf);
  }

  get inForce(): bigint {
    return this.kept.inForce;
  }

  start(): Partial<ProtocolConfig> {
    if (this.#host.world.options.reconfigureEveryMs === 0) return {};
    this.kept.forgetUnsaid([...this.#host.disk.durable.records.values()]);
    const { configurations } = this.kept;
    const { addresses, groups = [], voters, voterSet, networks } = configurations.active.layout;
    const names = networks === undefined ? {} : { networks: networks.map(({ name }) => name) };
    return { configurations, virtualAddresses: addresses, groups, voters, voterSet, ...names };
  }

  /** What runs, where its networks may change. */
  get networked(): Layout | null {
    return this.#host.world.options.networksChange === true ? this.kept.configurations.active.layout : null;
  }

  edit(text: string): void {
    const now = this.#host.state?.configurations;
    if (now == null) return;
    const body: Edit = this.kept.edit(text, now.default.version);
    this.#host.command({ name: 'propose', kind: EDIT, body, timeoutMs: 5000 });
  }

  apply(timeoutMs: number): void {
    const now = this.#host.state?.configurations;
    if (now == null) return;
    this.#host.command({ name: 'propose', kind: RECONFIGURE, body: this.kept.reconfiguration(now), timeoutMs });
  }

  work({ number, kind, round, body }: Extract<Effect, { type: 'work' }>, answer: (worked: Event) => void): void {
    const { state, disk, world } = this.#host;
    const dice = world.random.between(1, 100);
    if (dice === 1) return; // it never answers
    const now = state?.configurations;
    const refused = { ok: false, reason: 'no', payload: null };
    const worked = now == null || disk.failing || dice <= 4 ? refused : this.kept.work(number, kind, round, body, now);
    if (kind !== RECONFIGURE || !worked.ok || world.options.networksChange !== true)
      return answer({ type: 'worked', number, round, ...worked });
    const change = body as Reconfiguration;
    const name = roundsFor(change)[round] ?? 'copy';
    world.linkBook.began(number, change);
    if (dice === 5 && world.options.faults.includes('crash')) return this.#crash();
    this.#host.links.work(name, change.from, change.to, ({ ok, reason }) => {
      if (ok && name === 'beats') world.linkBook.saidHeard(number, this.#host.id);
      answer({ type: 'worked', number, round, ok, reason, payload: worked.payload });
      if (dice === 6 && world.options.faults.includes('crash')) this.#crash();
    });
  }

  /** Who has said its last word may follow the outcome later than the others do. */
  sent(message: Message): void {
    const { world, state } = this.#host;
    if (world.options.networksChange !== true || message.kind !== 'ack' || message.number === this.#lastWord) return;
    const opening = state?.rounds.instances.get(message.number)?.opening;
    if (opening?.kind !== RECONFIGURE || message.round !== roundsFor(opening.body as Reconfiguration).length) return;
    this.#lastWord = message.number;
    if (world.random.chance(300)) this.#host.eventLoopLateUntilNs = world.schedule.nowNs + world.random.between(50, 1000) * 1e6;
  }

  /** At a step of a change. */
  #crash(): void {
    const { world } = this.#host;
    world.note(`${this.#host.id} crashes at a step`);
    world.schedule.at(world.schedule.nowNs, () => {
      if (this.#host.running) this.#host.crash();
    });
    world.schedule.at(world.schedule.nowNs + world.random.between(50, 4000) * 1e6, () => {
      if (!this.#host.running) this.#host.start();
    });
  }

  /** A failing disk keeps what it had. */
  keepDefault(held: Held): void {
    if (!this.#host.disk.failing) this.kept.keepDefault(held);
  }

  activate(active: Active, protocol: bigint | null): void {
    const { world, id, disk } = this.#host;
    world.note(`${id} runs ${active.text} of ${active.number}`);
    world.configurationBook.activated(id, active.number, active.text);
    if (!disk.failing) this.kept.activate(active);
    if (world.options.networksChange !== true) return;
    if (protocol !== null) world.linkBook.activated(protocol, id);
    const isWrong = protocol === null && world.options.mistake === 'a member that was away keeps its links';
    if (!isWrong) this.#host.links.settle(active.layout);
    this.#host.feed({ type: 'adapters', nics: this.#host.nics(active.layout) });
    world.linkBook.ended(this.#host, active.layout);
  }

  /** From now on those vote, for the engine, too. */
  setVoters({ voterSet, voters, quorum }: Extract<Effect, { type: 'setVoters' }>): void {
    this.#host.drive((engine, now) => engine.setVoters(voterSet, quorum, voters, 0, now));
  }

  undone(number: bigint): void {
    this.#host.world.configurationBook.undone(this.#host.id, number);
    if (!this.#host.disk.failing) this.kept.undone(number);
    const runs = this.#host.state?.configurations?.active.layout;
    if (runs?.networks === undefined) return;
    this.#host.links.settle(runs);
    this.#host.world.linkBook.ended(this.#host, runs);
  }
}

/** Which change came to what. */
export class ConfigurationBook {
  broken: string | null = null;
  changes = 0;
  readonly #texts = new Map<bigint, string>();
  readonly #undone = new Set<bigint>();

  activated(node: number, number: bigint, text: string): void {
    const before = this.#texts.get(number);
    if (before === undefined) this.changes++;
    if (before !== undefined && before !== text)
      this.broken ??= `node ${node} activates ${text} by ${number}, which was ${before} elsewhere`;
    if (this.#undone.has(number)) this.broken ??= `node ${node} activates ${number}, which was undone`;
    this.#texts.set(number, text);
  }

  undone(node: number, number: bigint): void {
    this.#undone.add(number);
    if (this.#texts.has(number)) this.broken ??= `node ${node} undoes ${number}, which was activated`;
  }
}

/** Where there are enough nodes: one of them votes or does not, so that two changes after each other may differ in one voter. */
function otherVoters({ hosts, random, options }: World): string[] {
  if (hosts.length < 4 || options.quorum !== 'majority') return [];
  const all = hosts.map(({ id }) => id);
  const voters = random.chance(500) ? all : all.slice(0, -1);
  return [`voters=${voters.join(',')}`, `nodes=${all.join(',')}`];
}

/** Two at a time in common, mostly; now and then all go, which must be refused, and now and then a node has no adapter on one. */
const NETWORKS: readonly string[] = ['a/0,b/1', 'a/0,b/1,c/2', 'b/1,c/2', 'a/0,c/2', 'c/2,d/3', 'a/0,b/1,c/2,d/3', 'b/1,d/3'];

function otherNetworks({ hosts, random, options }: World): string[] {
  if (options.networksChange !== true) return [];
  const networks = random.pick(NETWORKS).split(',');
  const ids = hosts.map(({ id }) => id);
  const last = networks.length - 1;
  const isPartial = options.nicPolicy !== 'first' && networks.length > 2 && random.chance(500);
  if (isPartial) networks[last] += `/${ids.filter((id) => id !== random.pick(ids)).join('+')}`;
  return [`networks=${networks.join(',')}`];
}

/** The role of networks, so that the one that was active first may go, too. */
function switchNetwork({ random, hosts, schedule }: World, atMs: number): void {
  const network = random.pick(['a', 'b', 'c']);
  schedule.at((atMs + 100) * 1e6, () => {
    for (const host of hosts) if (host.running && host.role() === 'manager') host.command({ name: 'changeActiveNetwork', network });
  });
}

/** Now and then a group goes, comes back or has another owner; addresses move between groups, and from and to the manager. */
function otherGroups({ random, options, hosts }: World, voters: readonly number[]): string[] {
  if ((options.groups ?? 0) === 0) return [];
  const holders = (options.quorum === 'witness' ? voters.filter((id) => id !== hosts.length) : voters).filter((id) => id > 0);
  const seats = GROUP_SEATS.filter(() => random.chance(750));
  const homes = ['', ...seats.map((seat) => `${seat}@`)];
  const addresses = MOVING.filter(() => random.chance(800)).map((address) => `${random.pick(homes)}${address}`);
  const groups = seats.map((seat) => `${seat}:${holdersOf(random.chance(300) ? seat + 1 : seat, holders).join(',')}`);
  return [...groups, ...seats.map((seat) => `${seat}@10.0.0.${100 + seat}/24`), ...addresses];
}

const MOVING = ['10.0.0.191/24', '10.0.0.192/24', '10.0.0.193/24'];

/** Edits and changes at random nodes, at random times. */
export function reconfigureNowAndThen(world: World, fromMs: number, untilMs: number): void {
  const { random, schedule, options } = world;
  if (options.reconfigureEveryMs === 0) return;
  let count = 0;
  for (let atMs = fromMs; atMs < untilMs; atMs += random.between(1, 2 * options.reconfigureEveryMs)) {
    const host = random.pick(world.hosts);
    const addresses = [FIRST, `10.0.0.${121 + (count++ % 50)}/24`].slice(random.chance(300) ? 1 : 0);
    const voters = otherVoters(world);
    const voting = voters[0]?.slice('voters='.length).split(',').map(Number) ?? world.hosts.map(({ id }) => id);
    const text = [...addresses, ...voters, ...otherNetworks(world), ...otherGroups(world, voting)].join(' ');
    if (options.networksChange === true && random.chance(100)) switchNetwork(world, atMs);
    const act = random.chance(500)
      ? () => host.program.administrator.edit(text)
      : () => host.program.administrator.apply(random.pick([500, 5000]));
    schedule.at(atMs * 1e6, () => {
      if (host.running) act();
    });
  }
}
