// A group's commands: in order up, in the opposite order down, one action at a time; what fails is started again so many times.
import assert from 'node:assert/strict';
import {
  type CommandPlan,
  type CommandsEffect,
  type CommandsEvent,
  type CommandsState,
  GOOD_CHECKS,
  initialCommands,
  isWithinLimit,
  nextCheckMs,
  stepCommands,
  withOthers,
} from '../../../lib/protocol/resources/commands.ts';

const plans: readonly CommandPlan[] = [
  { name: 'disk', monitorIntervalMs: null, restarts: 0 },
  { name: 'server', monitorIntervalMs: 1000, restarts: 2 },
];

class Play {
  state: CommandsState;
  nowMs = 0;
  readonly log: string[] = [];

  constructor(left: readonly string[] = []) {
    this.state = initialCommands(plans, left);
  }

  feed(event: CommandsEvent): this {
    const { state, effects } = stepCommands(plans, this.state, event, this.nowMs);
    this.state = state;
    this.log.push(...effects.map(wordsOf));
    return this;
  }

  ended(ok = true): this {
    return this.feed({ type: 'ended', ok, reason: ok ? '' : 'exit code 1' });
  }

  /** What has happened since the last look. */
  seen(): string[] {
    return this.log.splice(0);
  }

  up(): this {
    this.feed({ type: 'want', on: true }).ended().ended();
    this.seen();
    return this;
  }

  check(ok: boolean): this {
    this.nowMs = nextCheckMs(this.state);
    return this.feed({ type: 'tick' }).ended(ok);
  }
}

function wordsOf(effect: CommandsEffect): string {
  if (effect.type === 'off') return 'off';
  const name = plans[effect.index]?.name ?? '?';
  return effect.type === 'begin' ? `${effect.action} ${name}` : `${effect.type} ${name}`;
}

describe("a group's commands", () => {
  it('start in order, each after the one before, and stop in the opposite order', () => {
    const play = new Play().feed({ type: 'want', on: true });
    assert.deepEqual(play.seen(), ['start disk']);
    assert.deepEqual(play.ended().seen(), ['start server']);
    assert.deepEqual(play.ended().seen(), []);
    assert.deepEqual(play.feed({ type: 'want', on: false }).seen(), ['stop server']);
    assert.deepEqual(play.ended().seen(), ['stop disk']);
    assert.deepEqual(play.ended().seen(), ['off']);
  });

  it('are off at once where nothing runs', () => {
    assert.deepEqual(new Play().feed({ type: 'want', on: false }).seen(), ['off']);
  });

  it('stop what is being started when the group goes meanwhile', () => {
    const play = new Play().feed({ type: 'want', on: true });
    assert.deepEqual(play.feed({ type: 'want', on: false }).seen(), ['start disk']);
    assert.deepEqual(play.ended().seen(), ['stop disk']);
    assert.deepEqual(play.ended().seen(), ['off']);
  });

  it('are looked after in their interval; one that fails is stopped and started again, and then given away', () => {
    const play = new Play().up();
    assert.equal(nextCheckMs(play.state), 1000);
    assert.deepEqual(play.check(true).seen(), ['monitor server']);
    for (let restart = 1; restart <= 2; restart++) {
      assert.deepEqual(play.check(false).seen(), ['monitor server', 'restarting server', 'stop server']);
      assert.deepEqual(play.ended().seen(), ['start server']);
      assert.deepEqual(play.ended().seen(), []);
    }
    assert.deepEqual(play.check(false).seen(), ['monitor server', 'failed server', 'stop server']);
    assert.deepEqual(play.ended().seen(), ['stop disk']);
    assert.deepEqual(play.ended().seen(), []);
    assert.equal(nextCheckMs(play.state), Number.POSITIVE_INFINITY);
    assert.deepEqual(play.feed({ type: 'want', on: false }).seen(), ['off']);
    assert.deepEqual(play.feed({ type: 'want', on: true }).seen(), []);
    assert.deepEqual(play.feed({ type: 'forgive' }).seen(), ['start disk']);
  });

  it('forget failures after so many good checks in a row', () => {
    const play = new Play().up();
    play.check(false).ended().ended();
    for (let check = 1; check < GOOD_CHECKS; check++) play.check(true);
    assert.equal(play.state.commands[1]?.restarts, 1);
    assert.equal(play.check(true).state.commands[1]?.restarts, 0);
  });

  it('that end by themselves have failed, also while something else is done', () => {
    const play = new Play().up();
    assert.deepEqual(play.feed({ type: 'exited', index: 1, reason: 'exit code 9' }).seen(), ['restarting server', 'stop server']);
    assert.deepEqual(play.feed({ type: 'exited', index: 1, reason: 'stopped' }).seen(), []);
    assert.deepEqual(play.ended().seen(), ['start server']);
    assert.deepEqual(play.feed({ type: 'exited', index: 0, reason: 'gone' }).seen(), ['failed disk']);
    assert.deepEqual(play.ended().seen(), ['stop server']);
  });

  it('that an earlier start has left are stopped before anything is started', () => {
    const play = new Play(['server']).feed({ type: 'tick' });
    assert.deepEqual(play.seen(), ['stop server']);
    assert.deepEqual(play.feed({ type: 'want', on: true }).seen(), []);
    assert.deepEqual(play.ended().seen(), ['start disk']);
  });

  it('those that a change takes away are stopped, those before them go on, and come back with an abort (R6)', () => {
    const play = new Play().up();
    play.feed({ type: 'limit', to: 1 });
    assert.equal(isWithinLimit(play.state), false);
    assert.deepEqual(play.ended().seen(), ['stop server']);
    assert.equal(isWithinLimit(play.state), true);
    play.nowMs += 60_000;
    assert.deepEqual(play.feed({ type: 'tick' }).seen(), [], 'nothing is looked after that does not run');
    assert.deepEqual(play.feed({ type: 'exited', index: 1, reason: 'late' }).seen(), []);
    assert.deepEqual(play.feed({ type: 'limit', to: Number.POSITIVE_INFINITY }).ended().seen(), ['start server']);
  });

  it('others come in their place once they have stopped; a failure of theirs is forgotten (R6)', () => {
    const play = new Play().up();
    for (let time = 0; time < 3; time++) play.feed({ type: 'exited', index: 1, reason: 'gone' }).ended().ended();
    assert.equal(play.state.failed?.index, 1);
    play.feed({ type: 'limit', to: 1 });
    while (!isWithinLimit(play.state)) play.ended();
    play.seen();
    play.state = withOthers(play.state, 1, 1);
    assert.deepEqual(play.state.failed, null);
    play.feed({ type: 'tick' });
    while (play.state.busy !== null) play.ended();
    assert.deepEqual(play.seen(), ['start disk', 'start server']);
  });

  it('a limit while one of them is being started waits for that, and then stops it', () => {
    const play = new Play().feed({ type: 'want', on: true }).ended();
    assert.deepEqual(play.seen(), ['start disk', 'start server']);
    assert.deepEqual(play.feed({ type: 'limit', to: 0 }).seen(), []);
    assert.deepEqual(play.ended().ended().ended().seen(), ['stop server', 'stop disk']);
    assert.equal(isWithinLimit(play.state), true);
  });
});
