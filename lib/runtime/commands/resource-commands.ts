// The commands of all resource groups on this node. What is wanted follows the engine's seats, not JavaScript's opinion of them: on
// once the addresses are on and the lease is confirmed, off as soon as either is over or the group is to be given up.
import type { ClusterConfig, ResourceGroupConfig } from '../../config/config.ts';
import type { NativeEvent } from '../../native.ts';
import type { Event } from '../../protocol/types.ts';
import type { CommandStatus } from '../resource-status.ts';
import type { LocalEventName, Logger } from '../types.ts';
import { CommandRecord } from './command-record.ts';
import { GroupCommands } from './group-commands.ts';
import { endMarked } from './marked-processes.ts';

export interface CommandHands {
  nowMs(): number;
  readonly logger: Logger;
  feed(event: Event): void;
  publish(event: LocalEventName, details: Record<string, string>): void;
  /** Null: there is none any more. */
  trouble(what: string, reason: string | null): void;
}

/** SIGTERM to SIGKILL for what belongs to no command of the configuration any more. */
const STRANGER_GRACE_MS = 5000;

interface Named {
  readonly name: string;
  readonly commands: GroupCommands;
}

export class ResourceCommands {
  #config: ClusterConfig;
  readonly #node: string;
  readonly #hands: CommandHands;
  readonly #record: CommandRecord;
  readonly #groups = new Map<number, Named>();
  /** Of groups that are no more, until they have stopped. */
  readonly #leaving = new Set<GroupCommands>();
  /** Epoch in which each group is held, by seat. */
  readonly #held = new Map<number, bigint>();
  /** Seats that are being given up. */
  readonly #releasing = new Set<number>();

  constructor(config: ClusterConfig, node: string, stateDirectory: string, hands: CommandHands) {
    this.#config = config;
    this.#node = node;
    this.#hands = hands;
    this.#record = new CommandRecord(stateDirectory, (reason) => hands.trouble('commands', reason));
    for (const group of config.resources) if (group.commands.length > 0) this.#add(group);
    void this.#endStrangers();
  }

  onNative({ kind, seat, epoch }: NativeEvent): void {
    if (kind === 'seat_open') this.#held.set(seat, epoch);
    else if (kind === 'seat_lapsed' || kind === 'seat_closed' || kind === 'seat_released' || kind === 'seat_failed')
      this.#held.delete(seat);
    else return;
    if (kind !== 'seat_open') this.#releasing.delete(seat);
    this.#want(seat);
  }

  #want(seat: number): void {
    this.#groups.get(seat)?.commands.feed({ type: 'want', on: this.#held.has(seat) && !this.#releasing.has(seat) });
  }

  /** Before it is given up; answered by `commandsOff`. */
  stop(seat: number): void {
    const group = this.#groups.get(seat);
    if (group === undefined) return this.#hands.feed({ type: 'commandsOff', seat });
    this.#releasing.add(seat);
    group.commands.feed({ type: 'want', on: false });
  }

  /** For a change of the configuration: those that go, or differ in it, stop. `stopping` says how far they are. */
  narrow(after: ClusterConfig): void {
    for (const [seat, { name, commands }] of this.#groups) commands.narrow(groupIn(after, seat, name) ?? null);
  }

  /** The change came to nothing. */
  widen(): void {
    for (const { commands } of this.#groups.values()) commands.widen();
  }

  /** One that still has to stop for a change; null: none. */
  get stopping(): string | null {
    for (const { name, commands } of this.#groups.values()) if (commands.stopping !== null) return `${commands.stopping} of ${name}`;
    return null;
  }

  /** By this configuration from now on. */
  use(config: ClusterConfig): void {
    const before = this.#config;
    this.#config = config;
    for (const [seat, { name, commands }] of [...this.#groups]) {
      const group = groupIn(config, seat, name);
      const isSame = JSON.stringify(group?.commands) === JSON.stringify(groupIn(before, seat, name)?.commands);
      if (!isSame) this.#hands.trouble(`commands of ${name}`, null);
      if (group !== undefined) commands.become(group);
      else this.#remove(seat, commands);
    }
    for (const group of config.resources) {
      if (group.commands.length === 0 || this.#groups.has(group.seat)) continue;
      this.#add(group);
      this.#want(group.seat);
    }
  }

  #add(group: ResourceGroupConfig): void {
    this.#groups.set(group.seat, { name: group.name, commands: this.#make(group) });
  }

  /** Its seat may be another's by now: what it says later is for nobody. */
  #remove(seat: number, commands: GroupCommands): void {
    this.#groups.delete(seat);
    this.#releasing.delete(seat);
    this.#leaving.add(commands);
    commands.feed({ type: 'want', on: false });
  }

  /** What comes in its seat is not held yet, whatever of the old group is still being given up. */
  close(seat: number): void {
    this.#held.delete(seat);
  }

  forgive(seat: number): void {
    this.#groups.get(seat)?.commands.feed({ type: 'forgive' });
    const name = this.#config.resources.find((group) => group.seat === seat)?.name ?? '';
    this.#hands.trouble(`commands of ${name}`, null);
  }

  status(seat: number): CommandStatus[] {
    return this.#groups.get(seat)?.commands.status() ?? [];
  }

  end(): void {
    for (const { commands } of this.#groups.values()) commands.end();
    for (const commands of this.#leaving) commands.end();
  }

  #make(group: ResourceGroupConfig): GroupCommands {
    const { name, seat } = group;
    const { logger, feed, publish, trouble, nowMs } = this.#hands;
    const made: GroupCommands = new GroupCommands(group, {
      nowMs,
      logger,
      record: this.#record,
      environment: () => ({
        HEARTWIRE_CLUSTER: this.#config.cluster,
        HEARTWIRE_NODE: this.#node,
        HEARTWIRE_GROUP: name,
        HEARTWIRE_EPOCH: String(this.#held.get(seat) ?? 0n),
        HEARTWIRE_ADDRESSES: this.#addressesOf(seat),
      }),
      off: () => {
        if (!this.#leaving.delete(made)) feed({ type: 'commandsOff', seat });
      },
      failed: (command, reason) => {
        publish('command-failed', { group: name, command, reason });
        trouble(
          `commands of ${name}`,
          `${command} of group ${name} has failed here: ${reason}; \`heartwire move ${name} ${this.#node}\` tries it again`,
        );
        feed({ type: 'commandsFailed', seat });
      },
      restarting: (command, reason) => publish('command-restarted', { group: name, command, reason }),
    });
    return made;
  }

  #addressesOf(seat: number): string {
    const addresses = this.#config.resources.find((group) => group.seat === seat)?.addresses ?? [];
    return addresses.map(({ address }) => address).join(' ');
  }

  /** Left by commands that the configuration has no more. */
  async #endStrangers(): Promise<void> {
    const isKnown = (group: string, command: string): boolean =>
      this.#config.resources.some((each) => each.name === group && each.commands.some(({ name }) => name === command));
    for (const { group, command, mark } of this.#record.running.filter((each) => !isKnown(each.group, each.command))) {
      await endMarked(mark, STRANGER_GRACE_MS);
      this.#record.delete(group, command);
    }
  }
}

function groupIn(config: ClusterConfig, seat: number, name: string): ResourceGroupConfig | undefined {
  return config.resources.find((group) => group.seat === seat && group.name === name);
}
