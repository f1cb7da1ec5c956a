// What handlers say of themselves in the progress that is published (Q2).
import assert from 'node:assert/strict';
import { LocalWork } from '../../../lib/runtime/local-work.ts';
import { progress, protocol } from '../support/progress.ts';

describe('local work', () => {
  const number = (3n << 32n) | 17n;
  const NAME = '3.17';
  let published = 0;
  let work: LocalWork;

  beforeEach(() => {
    published = 0;
    work = new LocalWork(
      () => 700,
      () => published++,
    );
  });

  const waitsFor = (name: string): string => work.explain(progress([{ ...protocol(), protocol: name }])).protocols[0]?.waitsFor ?? '';

  it('puts what a vote waits for into the protocol that it is about, at once', () => {
    const doing = work.begin('vote', number, 'transfer');
    assert.equal(published, 1, 'the handler may block the event loop before the next turn');
    assert.equal(waitsFor(NAME), 'the vote of its program on transfer');
    doing.waitsFor('a lock');
    assert.equal(published, 2);
    assert.equal(waitsFor(NAME), 'the vote of its program on transfer, which waits for a lock');
    assert.equal(waitsFor('3.18'), protocol().waitsFor, 'of another it says nothing');
    doing.ended();
    assert.equal(waitsFor(NAME), protocol().waitsFor);
  });

  it('tells of what is applied, whose protocol has ended', () => {
    const doing = work.begin('apply', number, 'transfer');
    doing.waitsFor('a child process');
    assert.deepEqual(work.explain(progress([])).waiting, [
      { what: `its program to apply ${NAME}, transfer, which waits for a child process`, nodes: [], sinceMs: 700 },
    ]);
    doing.ended();
    assert.deepEqual(work.explain(progress([])).waiting, []);
  });

  it('hears nothing from a handler that has ended, and no more than 200 letters', () => {
    const doing = work.begin('vote', number, 'transfer');
    doing.waitsFor('x'.repeat(1000));
    assert.ok(waitsFor(NAME).endsWith(` ${'x'.repeat(200)}`));
    doing.ended();
    published = 0;
    doing.waitsFor('more');
    assert.equal(published, 0);
  });
});
