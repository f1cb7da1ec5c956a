// What is published, as another node reads it: what is not understood must not look like an answer.
import assert from 'node:assert/strict';
import { decodeAnswer, encodeProgress, publishable } from '../../../lib/protocol/codec/question.ts';
import { progress, protocol } from '../support/progress.ts';

describe('protocol: published progress', () => {
  const answerOf = (published: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(8 + published.length);
    new DataView(bytes.buffer).setBigUint64(0, 2_500_000n, true);
    bytes.set(published, 8);
    return bytes;
  };

  it('comes back as it was, with its age', () => {
    const said = {
      ...progress([protocol()]),
      notOpened: [{ kind: 'commit', nodes: [1], sinceMs: 5 }],
      waiting: [{ what: 'x', nodes: [2], sinceMs: 1 }],
    };
    assert.deepEqual(decodeAnswer(answerOf(encodeProgress(said))), { ageMs: 2.5, progress: said });
  });

  it('is cut to what fits, the oldest first', () => {
    const many = progress(Array.from({ length: 300 }, (_, index) => ({ ...protocol(), protocol: `7.${index}` })));
    const toldOf = (bytesMax: number): readonly string[] => {
      const published = publishable(many, bytesMax);
      assert.ok(published.length <= bytesMax);
      return decodeAnswer(answerOf(published))?.progress?.protocols.map(({ protocol: name }) => name) ?? ['not understood'];
    };
    assert.equal(toldOf(65_536).length, 50);
    assert.deepEqual(toldOf(2000), ['7.0']);
    assert.deepEqual(toldOf(300), []);
  });

  it('of a node that has published nothing, or something else, is null', () => {
    for (const published of [new Uint8Array(0), new Uint8Array([1, 2, 3]), encodeProgress({ node: 1 } as never)]) {
      assert.deepEqual(decodeAnswer(answerOf(published)), { ageMs: 2.5, progress: null });
    }
    assert.equal(decodeAnswer(new Uint8Array(7)), null);
  });
});
