// The administrator of one simulated node, and the configurations on its disk: now and then he edits the default one, or has
// it applied to the running cluster. What became active where goes into the book of the run.
import { type Edit, EDIT } from '../../lib/protocol/reconfiguration/edit.ts';
import { RECONFIGURE } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Active, Held } from '../../lib/protocol/reconfiguration/state.ts';
import type { Effect, Event, ProtocolConfig } from '../../lib/protocol/types.ts';
import { KeptConfigurations } from '../scenarios/support/kept-configurations.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

const NETWORK = 'a';
const FIRST = '10.0.0.100/24';

export class Administrator {
  readonly #host: Host;
  readonly kept: KeptConfigurations;

  constructor(host: Host, voters: readonly number[]) {
    this.#host = host;
    this.kept = new KeptConfigurations(FIRST, NETWORK, voters);
  }

  get inForce(): bigint {
    return this.kept.inForce;
  }

  start(): Partial<ProtocolConfig> {
    if (this.#host.world.options.reconfigureEveryMs === 0) return {};
    this.kept.forgetUnsaid([...this.#host.disk.durable.records.values()]);
    const { configurations } = this.kept;
    const { addresses, voters, voterSet } = configurations.active.layout;
    return { configurations, virtualAddresses: addresses, voters, voterSet };
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
    answer({ type: 'worked', number, round, ...worked });
  }

  /** A failing disk keeps what it had. */
  keepDefault(held: Held): void {
    if (!this.#host.disk.failing) this.kept.keepDefault(held);
  }

  activate(active: Active): void {
    const { world, id, disk } = this.#host;
    world.note(`${id} runs ${active.text} of ${active.number}`);
    world.configurationBook.activated(id, active.number, active.text);
    if (!disk.failing) this.kept.activate(active);
  }

  /** From now on those vote, for the engine, too. */
  setVoters({ voterSet, voters, quorum }: Extract<Effect, { type: 'setVoters' }>): void {
    this.#host.drive((engine, now) => engine.setVoters(voterSet, quorum, voters, 0, now));
  }

  undone(number: bigint): void {
    this.#host.world.configurationBook.undone(this.#host.id, number);
    if (!this.#host.disk.failing) this.kept.undone(number);
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

/** Edits and changes at random nodes, at random times. */
export function reconfigureNowAndThen(world: World, fromMs: number, untilMs: number): void {
  const { random, schedule, options } = world;
  if (options.reconfigureEveryMs === 0) return;
  let count = 0;
  for (let atMs = fromMs; atMs < untilMs; atMs += random.between(1, 2 * options.reconfigureEveryMs)) {
    const host = random.pick(world.hosts);
    const addresses = [FIRST, `10.0.0.${101 + (count++ % 50)}/24`].slice(random.chance(300) ? 1 : 0);
    const text = [...addresses, ...otherVoters(world)].join(' ');
    const act = random.chance(500)
      ? () => host.program.administrator.edit(text)
      : () => host.program.administrator.apply(random.pick([500, 5000]));
    schedule.at(atMs * 1e6, () => {
      if (host.running) act();
    });
  }
}
