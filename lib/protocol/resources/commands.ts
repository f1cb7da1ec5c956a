// What is to be done with a group's commands on one node, decided one action at a time: started in their order once the
// addresses are held, stopped in the opposite order before these are given up, looked after in between. Pure; processes are
// lib/runtime's business.
//
//   off ──held──▶ start 1 ▶ start 2 ▶ … ▶ monitor, now and then ──given up, lost──▶ … stop 2 ▶ stop 1 ──▶ off
//                    ▲                        │ fails: stop it, start it again; too often: failed, and all are stopped
//                    └────────────────────────┘

/** A command as far as decisions go. */
export interface CommandPlan {
  readonly name: string;
  /** Null: it is not looked after. */
  readonly monitorIntervalMs: number | null;
  /** How often it is started again before the group is given to its successor. */
  readonly restarts: number;
}

export type Action = 'start' | 'stop' | 'monitor';

export interface CommandState {
  /** Something of it may run. */
  readonly isOn: boolean;
  readonly restarts: number;
  readonly monitorAtMs: number;
  /** Good checks in a row. */
  readonly goodChecks: number;
}

export interface CommandsState {
  readonly isWanted: boolean;
  /** What an earlier start of the daemon has left is stopped before anything else. */
  readonly isStale: boolean;
  readonly busy: { readonly action: Action; readonly index: number } | null;
  /** To be stopped and started again. */
  readonly restarting: readonly number[];
  readonly failed: { readonly index: number; readonly reason: string } | null;
  /** Those from here on do not run, since other ones come in their place (R6); Infinity: all may. */
  readonly limit: number;
  readonly commands: readonly CommandState[];
}

export type CommandsEvent =
  /** The addresses are held, or are not, or are to be given up. */
  | { readonly type: 'want'; readonly on: boolean }
  /** The action that was begun has ended. */
  | { readonly type: 'ended'; readonly ok: boolean; readonly reason: string }
  /** A command that runs in the foreground has ended by itself. */
  | { readonly type: 'exited'; readonly index: number; readonly reason: string }
  /** Failures are forgotten: a person says so. */
  | { readonly type: 'forgive' }
  /** Of a change of the configuration: so many from the first one on stay. */
  | { readonly type: 'limit'; readonly to: number }
  | { readonly type: 'tick' };

export type CommandsEffect =
  | { readonly type: 'begin'; readonly action: Action; readonly index: number }
  /** Nothing runs any more, and nothing is wanted. */
  | { readonly type: 'off' }
  /** It has failed too often: the group is to go elsewhere. */
  | { readonly type: 'failed'; readonly index: number; readonly reason: string }
  | { readonly type: 'restarting'; readonly index: number; readonly reason: string };

/** After so many good checks in a row earlier failures are forgotten. */
export const GOOD_CHECKS = 10;

/** @param left names of commands that an earlier start of the daemon may have left running */
export function initialCommands(plans: readonly CommandPlan[], left: readonly string[]): CommandsState {
  const commands = plans.map(({ name }) => ({
    isOn: left.includes(name),
    restarts: 0,
    monitorAtMs: Number.POSITIVE_INFINITY,
    goodChecks: 0,
  }));
  return {
    isWanted: false,
    isStale: commands.some(({ isOn }) => isOn),
    busy: null,
    restarting: [],
    failed: null,
    limit: Number.POSITIVE_INFINITY,
    commands,
  };
}

/** Nothing runs of what is beyond the limit. */
export function isWithinLimit({ busy, limit, commands }: CommandsState): boolean {
  return (busy === null || busy.index < limit) && commands.every(({ isOn }, index) => index < limit || !isOn);
}

/** Those that stay as they are, then `count` others, which do not run yet. Only within its limit. */
export function withOthers(state: CommandsState, kept: number, count: number): CommandsState {
  const { commands } = initialCommands(
    Array.from({ length: count }, () => NO_PLAN),
    [],
  );
  const failed = state.failed !== null && state.failed.index < kept ? state.failed : null;
  return { ...state, failed, limit: Number.POSITIVE_INFINITY, commands: [...state.commands.slice(0, kept), ...commands] };
}

const NO_PLAN: CommandPlan = { name: '', monitorIntervalMs: null, restarts: 0 };

export function stepCommands(
  plans: readonly CommandPlan[],
  before: CommandsState,
  event: CommandsEvent,
  nowMs: number,
): { readonly state: CommandsState; readonly effects: readonly CommandsEffect[] } {
  const turn = new CommandsTurn(plans, before, nowMs);
  turn.handle(event);
  turn.goOn(event.type === 'want' || event.type === 'ended');
  return { state: turn.state, effects: turn.effects };
}

/** When a command is to be looked at next; Infinity: none. */
export function nextCheckMs(state: CommandsState): number {
  if (!state.isWanted || state.failed !== null || state.busy !== null) return Number.POSITIVE_INFINITY;
  return Math.min(Number.POSITIVE_INFINITY, ...state.commands.filter(({ isOn }) => isOn).map(({ monitorAtMs }) => monitorAtMs));
}

class CommandsTurn {
  readonly #plans: readonly CommandPlan[];
  readonly #nowMs: number;
  readonly effects: CommandsEffect[] = [];
  state: CommandsState;

  constructor(plans: readonly CommandPlan[], state: CommandsState, nowMs: number) {
    this.#plans = plans;
    this.#nowMs = nowMs;
    this.state = state;
  }

  handle(event: CommandsEvent): void {
    switch (event.type) {
      case 'want':
        return this.#want(event.on);
      case 'ended':
        return this.#ended(event.ok, event.reason);
      case 'exited':
        // One that is being started or stopped tells of its end by that.
        if (this.state.commands[event.index]?.isOn === true && this.state.busy?.index !== event.index)
          this.#fail(event.index, event.reason);
        return;
      case 'forgive':
        this.#set({ failed: null });
        return this.#forgetRestarts();
      case 'limit':
        return this.#set({ limit: event.to, restarting: this.state.restarting.filter((index) => index < event.to) });
      case 'tick':
    }
  }

  #set(changes: Partial<CommandsState>): void {
    this.state = { ...this.state, ...changes };
  }

  #setCommand(index: number, changes: Partial<CommandState>): void {
    this.#set({ commands: this.state.commands.map((each, place) => (place === index ? { ...each, ...changes } : each)) });
  }

  /** A group that comes anew has not failed yet. */
  #want(on: boolean): void {
    if (on && !this.state.isWanted) this.#forgetRestarts();
    this.#set({ isWanted: on, ...(on ? {} : { restarting: [] }) });
  }

  #forgetRestarts(): void {
    this.#set({ commands: this.state.commands.map((each) => ({ ...each, restarts: 0, goodChecks: 0 })) });
  }

  #ended(ok: boolean, reason: string): void {
    const { busy } = this.state;
    if (busy === null) return;
    this.#set({ busy: null });
    const { action, index } = busy;
    if (action === 'stop') return this.#setCommand(index, { isOn: false });
    const intervalMs = this.#plans[index]?.monitorIntervalMs ?? Number.POSITIVE_INFINITY;
    this.#setCommand(index, { monitorAtMs: this.#nowMs + intervalMs });
    if (!ok) return this.#fail(index, reason);
    const goodChecks = action === 'monitor' ? (this.state.commands[index]?.goodChecks ?? 0) + 1 : 0;
    this.#setCommand(index, { goodChecks, ...(goodChecks >= GOOD_CHECKS ? { restarts: 0 } : {}) });
  }

  #fail(index: number, reason: string): void {
    const command = this.state.commands[index];
    if (index >= this.state.limit) return; // it is stopped in any case
    if (command === undefined || !this.state.isWanted || this.state.failed !== null || this.state.restarting.includes(index)) return;
    if (command.restarts >= (this.#plans[index]?.restarts ?? 0)) {
      this.#set({ failed: { index, reason }, restarting: [] });
      this.effects.push({ type: 'failed', index, reason });
      return;
    }
    this.#setCommand(index, { restarts: command.restarts + 1, goodChecks: 0 });
    this.#set({ restarting: [...this.state.restarting, index] });
    this.effects.push({ type: 'restarting', index, reason });
  }

  /** One action at a time. @param mayBeOff it is told only where something has changed */
  goOn(mayBeOff: boolean): void {
    const { busy, isWanted, isStale, failed, restarting, limit, commands } = this.state;
    if (busy !== null) return;
    if (!isWanted || isStale || failed !== null) {
      const last = commands.findLastIndex(({ isOn }) => isOn);
      if (last >= 0) return this.#begin('stop', last);
      if (isStale) {
        this.#set({ isStale: false });
        return this.goOn(mayBeOff);
      }
      if (!isWanted && mayBeOff) this.effects.push({ type: 'off' });
      return;
    }
    const beyond = commands.findLastIndex(({ isOn }, index) => isOn && index >= limit);
    if (beyond >= 0) return this.#begin('stop', beyond);
    const [again] = restarting;
    if (again !== undefined && commands[again]?.isOn === true) return this.#begin('stop', again);
    const next = commands.findIndex(({ isOn }, index) => !isOn && index < limit);
    if (next >= 0) return this.#begin('start', next);
    const due = commands.findIndex(({ isOn, monitorAtMs }) => isOn && this.#nowMs >= monitorAtMs);
    if (due >= 0) this.#begin('monitor', due);
  }

  /** What is started may run from then on, however that ends. */
  #begin(action: Action, index: number): void {
    this.#set({
      busy: { action, index },
      restarting: action === 'start' ? this.state.restarting.filter((each) => each !== index) : this.state.restarting,
    });
    if (action === 'start') this.#setCommand(index, { isOn: true });
    this.effects.push({ type: 'begin', action, index });
  }
}
