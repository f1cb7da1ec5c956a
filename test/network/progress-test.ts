// Asking how far a protocol has got (Q1-Q3) on real nodes: a member that thinks, and one whose event loop is blocked.
import assert from 'node:assert/strict';
import type { ProgressReport } from '../../lib/runtime/types.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { programStory } from './support/programs.ts';

describe('progress, and why nothing happens (Q1, Q2, Q3, X5)', () => {
  programStory('names the laggard in the answer of any member, and says what it waits for itself', [1, 2, 3], async (programs) => {
    await programs.of(2).vote('never');
    programs.of(3).order({ do: 'propose', id: 1, data: 'slow', options: { timeoutMs: 60_000 } });
    for (const asked of [1, 3]) {
      const laggards = await waitFor(
        'the laggard',
        async () => {
          const { progress } = await programs.progress(1, asked);
          const found = progress?.protocols[0]?.members.filter(({ awaited }) => awaited).map(({ node }) => node) ?? [];
          return found.length === 1 && found;
        },
        { deadlineMs: 20_000 },
      );
      assert.deepEqual(laggards, [2], `as node ${asked} knows it`);
    }
    const { progress } = await programs.progress(1, 2);
    assert.equal(progress?.protocols[0]?.waitsFor, 'the vote of its program on story');
    const why = await programs.command(1, ['why']);
    assert.match(why.stdout, /commit [\d.]+, round vote/);
    assert.match(why.stdout, /awaited: node2; .*up/);
    const screen = await programs.command(1, ['progress', '--node', 'node3']);
    assert.match(screen.stdout, /node 2 .*awaited/);
  });

  programStory('is told by a member whose event loop is blocked, with its age', [1, 2, 3], async (programs) => {
    assert.equal((await programs.of(1).propose('before')).code, null);
    await programs.agree([1, 2, 3], 1);
    const isPublished = async (): Promise<boolean> => {
      const { progress } = await programs.progress(1, 2);
      // The page of before has no protocols either.
      return progress?.protocols.length === 0 && progress.lastAcks.length === 2;
    };
    await waitFor('its page to tell of the end', isPublished, { deadlineMs: 20_000 });
    programs.of(2).order({ do: 'block', ms: 15_000 });
    const report = await waitFor<ProgressReport>(
      'an answer that is old',
      async () => {
        const answer = await programs.progress(1, 2);
        return answer.isLate && answer;
      },
      { deadlineMs: 20_000 },
    );
    assert.equal(report.progress?.node, 2);
    assert.deepEqual(report.progress.protocols, []);
    assert.equal(report.progress.lastAcks.length, 2);
  });

  programStory('tells of local work: a child process, and a lock that blocks its event loop', [1, 2, 3], async (programs) => {
    const waitsOf = (what: RegExp): Promise<ProgressReport> =>
      waitFor(
        `${what}`,
        async () => {
          const report = await programs.progress(1, 2);
          return what.test(report.progress?.protocols[0]?.waitsFor ?? '') && report;
        },
        { deadlineMs: 20_000 },
      );
    await programs.of(2).vote('child');
    const first = programs.of(3).propose('child', { timeoutMs: 60_000 });
    await waitsOf(/^the vote of its program on story, which waits for the child process sleep$/);
    const isTurning = async (): Promise<boolean> => !(await programs.progress(1, 2)).isLate;
    await waitFor('an answer that is not old', isTurning, { deadlineMs: 20_000 });
    assert.equal((await first).code, null);
    await programs.of(2).vote('lock');
    const second = programs.of(3).propose('lock', { timeoutMs: 60_000 });
    await waitsOf(/^the vote of its program on story, which waits for the lock of its store$/);
    assert.equal((await second).code, null);
  });

  programStory(
    'is told by a member whose event loop is blocked while messages wait in its queue, and the others name it',
    [1, 2, 3],
    async (programs) => {
      assert.equal((await programs.of(1).propose('before')).code, null);
      await programs.agree([1, 2, 3], 1);
      programs.of(2).order({ do: 'block', ms: 7000 });
      const filling = Array.from({ length: 200 }, (_, index) => programs.of(3).propose(index, { timeoutMs: 60_000 }));
      const report = await waitFor<ProgressReport>(
        'an answer that is old',
        async () => {
          const answer = await programs.progress(3, 2);
          return answer.ageMs > 1500 && answer;
        },
        { deadlineMs: 20_000 },
      );
      assert.equal(report.progress?.node, 2);
      await waitFor(
        'the laggard',
        async () => {
          const { progress } = await programs.progress(3, 1);
          const awaited = progress?.protocols[0]?.members.filter((member) => member.awaited).map(({ node }) => node);
          return awaited?.length === 1 && awaited[0] === 2;
        },
        { deadlineMs: 20_000 },
      );
      const codes = (await Promise.all(filling)).map(({ code }) => code);
      assert.deepEqual(new Set(codes), new Set([null]));
    },
  );

  programStory(
    'of a member that does not answer its own control socket: the command line says so, and where to ask',
    [1, 2, 3],
    async (programs) => {
      programs.of(2).order({ do: 'block', ms: 25_000 });
      const asked = await programs.command(2, ['why']);
      assert.equal(asked.code, 3);
      assert.match(asked.stderr, /has not answered in 5 s: its event loop may be blocked[^]*heartwire progress --node/);
      const screen = await programs.command(1, ['progress', '--node', 'node2']);
      assert.match(screen.stdout, /^node 2, .*; its event loop does not turn, this is \d/);
    },
  );
});
