// Scripts on events (R8): in order, one at a time, each with its time-out; bounded, counted, and held back when asked to.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptConfig } from '../../../lib/config/config.ts';
import { EventScripts, type ScriptEvent, WAITING_MAX } from '../../../lib/runtime/scripts/event-scripts.ts';
import { waitUntil } from '../support/wait-until.ts';

const event = (name: string): ScriptEvent => ({ event: name, time: '2026-01-01T00:00:00.000Z', node: 3, details: { group: 'web' } });

describe('scripts on events', () => {
  let directory = '';
  let warned: { fields: object; message: string }[] = [];
  let held = false;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'heartwire-scripts-'));
    warned = [];
    held = false;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const out = (): string[] => (existsSync(join(directory, 'out')) ? readFileSync(join(directory, 'out'), 'utf8').trim().split('\n') : []);
  const script = (events: string[], text: string, timeoutMs = 10_000): ScriptConfig => ({
    events,
    run: ['/bin/sh', '-c', text],
    timeoutMs,
  });

  function open(scripts: readonly ScriptConfig[]): EventScripts {
    const silent = (): void => {};
    const logger = {
      debug: silent,
      info: silent,
      error: silent,
      warn: (fields: object, message: string) => void warned.push({ fields, message }),
    };
    return new EventScripts(() => scripts, { directory, logger, environment: { OUT: join(directory, 'out') }, isHeld: () => held });
  }

  it('run one at a time in the order of the events, and of the list for each; the event is in environment and input', async () => {
    const scripts = open([
      script(
        ['first', 'second'],
        'echo "begin $HEARTWIRE_EVENT $HEARTWIRE_EVENT_NODE" >> $OUT; sleep 0.05; echo "end $HEARTWIRE_EVENT" >> $OUT',
      ),
      script(['*'], 'cat >> $OUT'),
    ]);
    scripts.take(event('first'));
    scripts.take(event('other'));
    scripts.take(event('second'));
    await waitUntil('the end of all', () => scripts.status().ended === 5);
    assert.deepEqual(out(), [
      'begin first 3',
      'end first',
      JSON.stringify(event('first')),
      JSON.stringify(event('other')),
      'begin second 3',
      'end second',
      JSON.stringify(event('second')),
    ]);
    assert.deepEqual([scripts.status().failed, scripts.status().waiting], [0, []]);
  });

  it('that fail or take too long are counted and logged, and the next one runs', async () => {
    const scripts = open([script(['x'], 'exit 7'), script(['x'], 'sleep 60', 100), script(['x'], 'echo done >> $OUT')]);
    scripts.take(event('x'));
    await waitUntil('the end of all', () => scripts.status().ended === 3);
    assert.equal(scripts.status().failed, 2);
    assert.deepEqual(out(), ['done']);
    assert.deepEqual(
      warned.map(({ fields }) => (fields as { reason: string }).reason),
      ['exit code 7', 'it was not done within 100 ms'],
    );
  });

  it('wait while they are suspended, or held by a reconfiguration', async () => {
    const scripts = open([script(['*'], 'echo $HEARTWIRE_EVENT >> $OUT')]);
    scripts.suspend();
    scripts.take(event('one'));
    assert.deepEqual(
      scripts.status().waiting.map((each) => each.event),
      ['one'],
    );
    held = true;
    scripts.resume();
    scripts.take(event('two'));
    assert.equal(scripts.status().suspended, true);
    assert.equal(scripts.status().running, null);
    held = false;
    await waitUntil('both', () => scripts.status().ended === 2);
    assert.deepEqual(out(), ['one', 'two']);
  });

  it('of which too many wait are left out, counted and told', () => {
    const scripts = open([script(['*'], 'exit 0')]);
    scripts.suspend();
    for (let index = 0; index < WAITING_MAX + 3; index++) scripts.take(event('x'));
    assert.deepEqual([scripts.status().waiting.length, scripts.status().overflowed, warned.length], [WAITING_MAX, 3, 3]);
    scripts.end();
    assert.equal(scripts.status().waiting.length, 0);
  });

  it('that were cut off by a crash are told at the next start, and not run again', async () => {
    writeFileSync(join(directory, 'script.json'), '{"event":"x","time":"t","script":"/bin/sh"}\n');
    const scripts = open([script(['y'], 'exit 0')]);
    assert.deepEqual(
      warned.map(({ message }) => message),
      ['a script was cut off when the daemon ended; it is not run again'],
    );
    scripts.take(event('y'));
    await waitUntil('its end', () => scripts.status().ended === 1);
    assert.equal(existsSync(join(directory, 'script.json')), false);
  });
});
