// The program on one simulated node: it proposes operations, votes yes, no, late or never, applies what is committed, and
// keeps its durable records on the node's disk. All it does goes into the ledger of the run.
import { Administrator } from './administrator.ts';
import type { Effect, ProtocolConfig } from '../../lib/protocol/types.ts';
import { restoredRounds } from '../../lib/protocol/rounds/restoring.ts';
import type { RoundsState } from '../../lib/protocol/rounds/state.ts';
import type { Operation } from '../../lib/protocol/commit/commit.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** What is the operations' among the effects. */
type OperationEffect = Extract<
  Effect,
  { type: 'work' | 'record' | 'apply' | 'undone' | 'keepDefault' | 'activate' | 'setVoters' | 'stopCommands' }
>;

/** Now and then an operation is so long that what a member has missed does not fit into one message. */
const LONG_EVERY = 12;
const LONG_BYTES = 300_000;

export class Program {
  readonly #host: Host;
  readonly #administrator: Administrator;
  /** Names of the operations that wait for their answer, by command. */
  readonly #asked = new Map<number, string>();
  /** Of other commands, by their number. */
  readonly whenAnswered: Map<number, (code: string | null) => void> = new Map();
  #proposed = 0;

  constructor(host: Host, config: ProtocolConfig) {
    this.#host = host;
    this.#administrator = new Administrator(host, config);
  }

  /** @returns what the disk says at a start */
  start(nowMs: number): RoundsState {
    this.#asked.clear();
    this.#host.world.ledger.begin(this.#host.id, this.#host.boot);
    const records = [...this.#host.disk.durable.records].sort(([left], [right]) => (left < right ? -1 : 1));
    return restoredRounds(
      records.map(([, record]) => record),
      this.#host.disk.durable.applied,
      this.#host.id,
      nowMs,
      this.#administrator.inForce,
    );
  }

  /** What the disk holds at a start. */
  configurations(): Partial<ProtocolConfig> {
    return this.#administrator.start();
  }

  get administrator(): Administrator {
    return this.#administrator;
  }

  propose(form: Operation['form'], durable: boolean, timeoutMs: number): void {
    const host = this.#host;
    if (!host.running) return;
    const name = `${host.id}/${host.boot}/${++this.#proposed}`;
    const data = this.#proposed % LONG_EVERY === 0 ? new Uint8Array(LONG_BYTES) : null;
    const id = host.command({ name: 'propose', kind: 'commit', body: { form, durable, name, data }, timeoutMs });
    this.#asked.set(id, name);
    host.world.interruptions.asked(host, name);
  }

  answered(id: number, code: string | null): void {
    this.whenAnswered.get(id)?.(code);
    this.whenAnswered.delete(id);
    const name = this.#asked.get(id);
    this.#asked.delete(id);
    if (name === undefined) return;
    this.#host.world.ledger.answered(name, code);
    this.#host.world.interruptions.answered(name, code);
  }

  carryOut(effect: OperationEffect): void {
    const { world, disk, id, boot } = this.#host;
    switch (effect.type) {
      case 'work':
        if (effect.kind === 'commit') return this.#vote(effect.number, effect.round);
        if (effect.kind === 'parameters') return this.#host.parameters.work(effect);
        return this.#administrator.work(effect, (worked) => this.#later(world.random.between(1, 3000), () => this.#host.feed(worked)));
      case 'keepDefault':
        return this.#administrator.keepDefault(effect.held);
      case 'activate':
        return this.#administrator.activate(effect.active, effect.protocol);
      case 'stopCommands':
        return this.#stopCommands(effect.seat);
      case 'setVoters':
        return this.#administrator.setVoters(effect);
      case 'record': {
        const ok = !disk.failing;
        const forgets = world.options.mistake === 'votes are not written';
        if (ok && !forgets && disk.durable.records.get(effect.number)?.outcome == null)
          disk.durable.records.set(effect.number, effect.record);
        return this.#later(world.random.between(50, 2000), () => this.#host.feed({ type: 'recorded', number: effect.number, ok }));
      }
      case 'apply':
        if (world.options.mistake === 'the order is not kept' && effect.number % 5n === BigInt(id))
          return this.#later(2_000_000, () => world.ledger.applied(id, boot, effect.number, effect.operation));
        if (effect.operation.durable) disk.durable.applied = effect.number;
        world.note(`${id} applies ${effect.number} ${effect.operation.name}`);
        return world.ledger.applied(id, boot, effect.number, effect.operation);
      case 'undone':
        if (effect.kind === 'parameters') return this.#host.parameters.undo();
        world.note(`${id} undoes ${effect.number}`);
        if (effect.kind !== 'commit') return this.#administrator.undone(effect.number);
        return world.ledger.undone(id, boot, effect.number);
    }
  }

  #vote(number: bigint, round: number): void {
    const { random, ledger, options } = this.#host.world;
    const dice = options.undisturbed === true ? random.between(7, 80) : random.between(1, 100);
    if (dice <= 2) return; // it never answers
    const ok = dice > 6;
    if (!ok) ledger.refused(number);
    const worked = { type: 'worked', number, round, ok, reason: ok ? '' : 'no', payload: null } as const;
    this.#later(dice > 80 ? random.between(1, 500_000) : 1, () => this.#host.feed(worked));
  }

  /** A group is given up: what runs for it takes its time to end. */
  #stopCommands(seat: number): void {
    this.#later(this.#host.world.random.between(1000, 400_000), () => this.#host.feed({ type: 'commandsOff', seat }));
  }

  #later(delayUs: number, run: () => void): void {
    const { schedule } = this.#host.world;
    const { boot } = this.#host;
    schedule.at(schedule.nowNs + delayUs * 1000, () => {
      if (this.#host.running && this.#host.boot === boot) run();
    });
  }
}

/** Operations from all nodes, at random. */
export function proposeNowAndThen(world: World, fromMs: number, untilMs: number): void {
  const { random, schedule, options } = world;
  if (options.operationEveryMs === 0) return;
  for (let atMs = fromMs; atMs < untilMs; atMs += random.between(1, 2 * options.operationEveryMs)) {
    const host = random.pick(world.hosts);
    const form = options.forms === undefined ? (random.chance(300) ? 'two-phase' : 'three-phase') : random.pick(options.forms);
    const durable = random.chance(300);
    const timeoutMs = options.undisturbed === true ? 10_000 : random.pick([500, 2000, 10_000]);
    schedule.at(atMs * 1e6, () => host.program.propose(form, durable, timeoutMs));
  }
}
