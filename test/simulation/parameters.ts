// Communication parameters on one simulated node: the keeper that ships (lib/runtime/parameter-keeper.ts) over the simulated
// engine and disk; and the administrator, who changes several at a time, now and then, from any node.
import { NOTHING_SET, type ParameterSet, type SettingWish } from '../../lib/protocol/parameters/settings.ts';
import { timingOfCluster } from '../../lib/protocol/parameters/checking.ts';
import { baseOf } from '../../lib/protocol/parameters/adoption.ts';
import type { ParameterChange, ParameterWork } from '../../lib/protocol/parameters/parameters.ts';
import { restoredParameters } from '../../lib/protocol/parameters/restoring.ts';
import { ParameterKeeper } from '../../lib/runtime/parameter-keeper.ts';
import type { Effect, ProtocolConfig } from '../../lib/protocol/types.ts';
import { silenceUsOf } from './absence.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

type SetPeer = Extract<Effect, { type: 'setPeer' }>;
type Work = Extract<Effect, { type: 'work' }>;

const DISK = 'its disk cannot be written';

export class SimulatedParameters {
  readonly #host: Host;
  readonly #config: ProtocolConfig;
  #keeper: ParameterKeeper;
  /** What voters promise here now, and owners ask for. */
  leaseUs: number;
  /** By which interval the engine beats, and by which it should where no change is under way. */
  intervalUs: number;
  wantedIntervalUs: number;
  /** In force here: what was kept last. */
  inForce: ParameterSet = NOTHING_SET;

  constructor(host: Host, config: ProtocolConfig) {
    this.#host = host;
    this.#config = config;
    this.leaseUs = config.leaseUs;
    this.intervalUs = this.wantedIntervalUs = host.world.options.intervalUs;
    this.#keeper = this.#keeperOf(NOTHING_SET);
  }

  /** @returns what the disk says at a start */
  restore(): ParameterSet {
    const { durable } = this.#host.disk;
    const records = [...durable.records].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, record]) => record);
    this.leaseUs = this.#config.leaseUs;
    this.intervalUs = this.#host.world.options.intervalUs;
    this.#take(restoredParameters(durable.parameters, records));
    this.#keeper = this.#keeperOf(this.inForce);
    return this.inForce;
  }

  /** The longest lease that was ever promised here. */
  get longestLeaseUs(): number {
    return Math.max(this.#host.disk.durable.longestLeaseUs, this.#config.leaseUs);
  }

  start(): void {
    this.#keeper.start();
  }

  setPeer(effect: SetPeer): void {
    const timeoutUs = effect.beatTimeoutMs === null ? 0 : Math.round(effect.beatTimeoutMs * 1000);
    const raisedUs = silenceUsOf(this.#host, effect, timeoutUs);
    this.#keeper.setPeer({ ...effect, silenceMs: raisedUs === timeoutUs ? null : raisedUs / 1000 });
  }

  work({ number, round, body }: Work): void {
    const { world } = this.#host;
    const refuses = world.random.chance(60);
    this.#later(world.random.between(20, 3000), () => {
      if (this.#host.state?.rounds.instances.has(number) !== true) return;
      this.#keeper.work(round, body as ParameterWork, ({ ok, reason }) => this.#worked(number, round, ok && !refuses, reason));
    });
  }

  #worked(number: bigint, round: number, ok: boolean, reason: string): void {
    if (!ok) this.#host.world.refusedParameters.add(number);
    this.#host.feed({ type: 'worked', number, round, ok, reason, payload: null });
  }

  agreed(node: number, token: bigint): void {
    this.#keeper.agreed(node, Number(token));
  }

  keep(set: ParameterSet): void {
    const { world } = this.#host;
    const result = (ok: boolean): void => this.#host.feed({ type: 'parametersKept', version: set.version, ok, reason: ok ? '' : DISK });
    world.note(`${this.#host.id} has the parameters of ${set.version}`);
    this.#take(set);
    try {
      this.#keeper.keep(set);
      result(true);
    } catch {
      result(false);
    }
  }

  #take(set: ParameterSet): void {
    this.inForce = set;
    this.wantedIntervalUs = timingOfCluster(set, baseOf(this.#config)).intervalUs;
  }

  undo(): void {
    this.#keeper.undo();
  }

  change(wishes: readonly SettingWish[]): void {
    const { state } = this.#host;
    if (state === null || !this.#host.running) return;
    const body: ParameterChange = { base: state.parameters.version, wishes };
    this.#host.command({ name: 'propose', kind: 'parameters', body, timeoutMs: 8000 });
  }

  #keeperOf(kept: ParameterSet): ParameterKeeper {
    const host = this.#host;
    const { disk } = host;
    const place = {
      self: host.id,
      base: baseOf(this.#config),
      nicPolicy: host.world.options.nicPolicy ?? 'last',
      hasOwnLease: this.#config.witness === host.id,
      problemOf: () => (disk.failing ? DISK : null),
    };
    return new ParameterKeeper(place, kept, {
      native: {
        setTiming: (intervalUs, timeoutUs, policy, answerUs = 0) => {
          this.intervalUs = intervalUs;
          host.drive((engine, now) => engine.setTiming(intervalUs, timeoutUs, policy, answerUs, now));
        },
        setPeer: (node, beat, watch, intervalUs, timeoutUs, answerUs = 0) =>
          host.drive((engine, now) => engine.setPeer(node, beat, watch, intervalUs, timeoutUs, answerUs, now)),
        confirmTiming: (node, token) => host.drive((engine, now) => engine.confirmTiming(node, token, now)),
        setMessageParameters: () => undefined,
      },
      after: (delayMs, run) => {
        let wanted = true;
        this.#later(delayMs * 1000, () => (wanted ? run() : undefined));
        return () => void (wanted = false);
      },
      allowLease: (leaseUs) => {
        if (leaseUs <= this.longestLeaseUs) return;
        if (disk.failing) throw new Error(DISK);
        disk.durable.longestLeaseUs = leaseUs;
      },
      setLease: (leaseUs) => {
        this.leaseUs = leaseUs;
        host.register.configureLease();
      },
      keep: (set) => {
        if (disk.failing) throw new Error(DISK);
        disk.durable.parameters = set;
      },
    });
  }

  #later(delayUs: number, run: () => void): void {
    const { schedule } = this.#host.world;
    const { boot } = this.#host;
    schedule.at(schedule.nowNs + delayUs * 1000, () => this.#host.onMachine(() => (this.#host.boot === boot ? run() : undefined)));
  }
}

/** Ten times slower, ten times quicker, longer waits, values of one node and of one pair, and back: several at once. */
export function changeNowAndThen(world: World, fromMs: number, untilMs: number): void {
  const { random, schedule, options } = world;
  const { parameterEveryMs = 0, intervalUs, timeoutUs } = options;
  if (parameterEveryMs === 0) return;
  const packets = Math.round(timeoutUs / intervalUs);
  const pick = (): SettingWish[] => {
    const all = { node: null, pair: null };
    const factor = random.pick([10, 10, 1, 1, 3]);
    const wishes: SettingWish[] = [
      { ...all, name: 'heartbeat.interval', value: factor * intervalUs },
      { ...all, name: 'heartbeat.failure_threshold', value: random.pick([packets, packets + 3, 2 * packets]) },
    ];
    if (random.chance(300))
      wishes.push({ node: random.between(1, options.nodes), pair: null, name: 'heartbeat.interval', value: 2 * intervalUs });
    if (random.chance(300))
      wishes.push({ node: null, pair: [1, 2], name: 'heartbeat.interval', value: random.chance(500) ? null : intervalUs });
    return wishes;
  };
  for (let atMs = fromMs; atMs < untilMs; atMs += random.between(1, 2 * parameterEveryMs)) {
    const host = random.pick(world.hosts);
    const wishes = pick();
    schedule.at(atMs * 1e6, () => host.parameters.change(wishes));
  }
  // What was set goes again at the end, so that the cluster heals by the timings that the run was drawn for.
  for (let again = 0; again < 6; again++)
    schedule.at((untilMs + again * 1500) * 1e6, () => {
      const host = world.hosts.find((each) => each.state?.role === 'manager');
      const settings = host?.state?.parameters.settings ?? [];
      if (settings.length > 0) host?.parameters.change(settings.map(({ name, node, pair }) => ({ name, node, pair, value: null })));
    });
}
