// The commands of one resource group on this node: carries out what lib/protocol/resources/commands.ts decides.
import { randomUUID } from 'node:crypto';
import type { CommandConfig, ResourceGroupConfig } from '../../config/config.ts';
import {
  type Action,
  type CommandPlan,
  type CommandsEffect,
  type CommandsEvent,
  initialCommands,
  isWithinLimit,
  nextCheckMs,
  stepCommands,
  withOthers,
} from '../../protocol/resources/commands.ts';
import type { CommandStatus } from '../resource-status.ts';
import type { Logger } from '../types.ts';
import { CommandProcess, type Outcome } from './command-process.ts';
import type { CommandRecord } from './command-record.ts';
import { endMarked, MARK, signalMarked } from './marked-processes.ts';

export interface GroupHands {
  nowMs(): number;
  readonly logger: Logger;
  readonly record: CommandRecord;
  /** For the environment of every process. */
  environment(): Readonly<Record<string, string>>;
  /** Nothing runs any more. */
  off(): void;
  failed(command: string, reason: string): void;
  restarting(command: string, reason: string): void;
}

const plansOf = ({ commands }: ResourceGroupConfig): CommandPlan[] =>
  commands.map(({ name, monitor, monitorIntervalMs, restarts }) => ({
    name,
    monitorIntervalMs: monitor === null ? null : monitorIntervalMs,
    restarts,
  }));

export class GroupCommands {
  #group: ResourceGroupConfig;
  readonly #hands: GroupHands;
  #plans: readonly CommandPlan[];
  /** What it is to be, once those that differ have stopped; null: as it is. */
  #next: ResourceGroupConfig | null = null;
  #state: ReturnType<typeof initialCommands>;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(group: ResourceGroupConfig, hands: GroupHands) {
    this.#group = group;
    this.#hands = hands;
    this.#plans = plansOf(group);
    const left = hands.record.running.filter((each) => each.group === group.name).map((each) => each.command);
    this.#state = initialCommands(this.#plans, left);
    if (this.#state.isStale) this.feed({ type: 'tick' });
  }

  feed(event: CommandsEvent): void {
    if (this.#ended) return;
    const { state, effects } = stepCommands(this.#plans, this.#state, event, this.#hands.nowMs());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (this.#next !== null && isWithinLimit(this.#state)) this.#change(this.#next);
    this.#arm();
  }

  /** Stops those that differ in another form of the group, and all that come after them; null: there is none any more. */
  narrow(other: ResourceGroupConfig | null): void {
    this.feed({ type: 'limit', to: this.#keptIn(other) });
  }

  /** They may run again. */
  widen(): void {
    this.feed({ type: 'limit', to: Number.POSITIVE_INFINITY });
  }

  /** The last one that still has to stop; null: none. */
  get stopping(): string | null {
    if (isWithinLimit(this.#state)) return null;
    return this.#plans[this.#state.commands.findLastIndex(({ isOn }) => isOn)]?.name ?? '';
  }

  /** In this form from now on: what differs is stopped, and started anew. */
  become(group: ResourceGroupConfig): void {
    this.#next = group;
    this.narrow(group);
  }

  #keptIn(other: ResourceGroupConfig | null): number {
    const same = (index: number): boolean => JSON.stringify(this.#group.commands[index]) === JSON.stringify(other?.commands[index]);
    const differs = this.#group.commands.findIndex((_command, index) => !same(index));
    return differs < 0 ? this.#group.commands.length : differs;
  }

  #change(group: ResourceGroupConfig): void {
    const kept = this.#keptIn(group);
    this.#next = null;
    this.#group = group;
    this.#plans = plansOf(group);
    this.#state = withOthers(this.#state, kept, group.commands.length - kept);
    this.feed({ type: 'tick' });
  }

  status(): CommandStatus[] {
    const { busy, failed, commands } = this.#state;
    return this.#plans.map(({ name }, index): CommandStatus => {
      const isOn = commands[index]?.isOn === true;
      const doing = busy?.index === index && busy.action !== 'monitor' ? busy.action : null;
      const state =
        doing === 'start' ? 'starting' : doing === 'stop' ? 'stopping' : failed?.index === index ? 'failed' : isOn ? 'running' : 'waiting';
      return { command: name, state, restarts: commands[index]?.restarts ?? 0 };
    });
  }

  /** The daemon ends without having given the group up: nothing may run on. What stop commands would do is left to the next start. */
  end(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { group, mark } of this.#hands.record.running) if (group === this.#group.name) signalMarked(mark, 'SIGKILL');
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const waitMs = nextCheckMs(this.#state) - this.#hands.nowMs();
    if (Number.isFinite(waitMs)) this.#timer = setTimeout(() => this.feed({ type: 'tick' }), Math.max(1, Math.ceil(waitMs)));
  }

  #carryOut(effect: CommandsEffect): void {
    if (effect.type === 'off') return this.#hands.off();
    const command = this.#group.commands[effect.index];
    if (command === undefined) return;
    if (effect.type === 'failed') return this.#hands.failed(command.name, effect.reason);
    if (effect.type === 'restarting') return this.#hands.restarting(command.name, effect.reason);
    this.#act(effect.action, command, effect.index).then(
      (outcome) => this.#actEnded(command, effect.action, outcome),
      (error: unknown) => this.#actEnded(command, effect.action, { ok: false, reason: String(error) }),
    );
  }

  #actEnded(command: CommandConfig, action: Action, { ok, reason }: Outcome): void {
    const fields = { group: this.#group.name, command: command.name, action, ...(ok ? {} : { reason }) };
    if (!ok) this.#hands.logger.warn(fields, 'a command has failed');
    else if (action !== 'monitor') this.#hands.logger.info(fields, 'command');
    this.feed({ type: 'ended', ok, reason });
  }

  #act(action: Action, command: CommandConfig, index: number): Promise<Outcome> {
    if (action === 'start') return this.#start(command, index);
    if (action === 'stop') return this.#stop(command);
    return this.#run('monitor', command, command.monitor ?? [], command.monitorTimeoutMs).ended;
  }

  /** A foreground command is up when it looks so for the first time, or at once where nobody looks. */
  async #start(command: CommandConfig, index: number): Promise<Outcome> {
    const { record } = this.#hands;
    const entry = { group: this.#group.name, command: command.name, mark: randomUUID(), pid: null, startedMs: Date.now() };
    record.set(entry);
    const running = this.#run('start', command, command.start, command.foreground ? null : command.startTimeoutMs);
    record.set({ ...entry, pid: running.pid });
    if (!command.foreground) return running.ended;
    let exit: Outcome | null = null;
    running.ended.then(
      ({ ok, reason }) => {
        exit = { ok: false, reason: ok ? 'it has ended by itself' : reason };
        this.feed({ type: 'exited', index, reason: exit.reason });
      },
      () => {},
    );
    return this.#untilUp(command, () => exit);
  }

  async #untilUp(command: CommandConfig, exit: () => Outcome | null): Promise<Outcome> {
    const deadlineMs = this.#hands.nowMs() + command.startTimeoutMs;
    for (;;) {
      const outcome =
        command.monitor === null
          ? { ok: true, reason: '' }
          : await this.#run('monitor', command, command.monitor, command.monitorTimeoutMs).ended;
      await new Promise((resolve) => setTimeout(resolve, UP_LOOK_MS));
      const ended = exit();
      if (ended !== null) return ended;
      if (outcome.ok || this.#ended) return outcome;
      if (this.#hands.nowMs() >= deadlineMs)
        return { ok: false, reason: `it does not work within ${command.startTimeoutMs} ms: ${outcome.reason}` };
    }
  }

  /** Its own way first; then whatever is left of its processes. */
  async #stop(command: CommandConfig): Promise<Outcome> {
    const { record } = this.#hands;
    const outcome =
      command.stop === null ? { ok: true, reason: '' } : await this.#run('stop', command, command.stop, command.stopTimeoutMs).ended;
    const left = record.of(this.#group.name, command.name);
    const killed = left !== null && (await endMarked(left.mark, command.stopTimeoutMs));
    record.delete(this.#group.name, command.name);
    return killed && outcome.ok
      ? { ok: false, reason: `its processes did not end within ${command.stopTimeoutMs} ms, and were killed` }
      : outcome;
  }

  #run(action: Action, command: CommandConfig, argv: readonly string[], timeoutMs: number | null): CommandProcess {
    const { environment, logger, record } = this.#hands;
    const where = { group: this.#group.name, command: command.name, action };
    const mark = action === 'start' ? record.of(this.#group.name, command.name)?.mark : undefined;
    return new CommandProcess({
      argv,
      timeoutMs,
      environment: {
        ...environment(),
        HEARTWIRE_COMMAND: command.name,
        HEARTWIRE_ACTION: action,
        ...(mark === undefined ? {} : { [MARK]: mark }),
      },
      say: (output) => logger.info({ ...where, output }, 'a command says'),
    });
  }
}

/** Between two looks at a foreground command that comes up. */
const UP_LOOK_MS = 50;
