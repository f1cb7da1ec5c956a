// Bytes arrive in any pieces; lines must not.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineSplitter } from '../../../lib/control/lines.ts';

describe('lines from a stream', () => {
  it('are the same however the stream is cut', () => {
    const lines = fc.array(fc.constantFrom('', 'a', 'line', 'ä€😀', '{"id":1}', 'x'.repeat(50)), { maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(20), { maxLength: 10 }), (expected, cuts) => {
        const splitter = new LineSplitter(100_000);
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(''));
        const got: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          got.push(...(splitter.feed(bytes.subarray(at, at + cut)) ?? assert.fail()));
          at += cut;
        }
        assert.deepEqual(got, expected);
      }),
    );
  });

  it('end with null when one is too long, with or without its end', () => {
    assert.deepEqual(new LineSplitter(4).feed(Buffer.from('1234\n12')), ['1234']);
    assert.equal(new LineSplitter(4).feed(Buffer.from('12345\n')), null);
    const splitter = new LineSplitter(4);
    assert.deepEqual(splitter.feed(Buffer.from('123')), []);
    assert.equal(splitter.feed(Buffer.from('45')), null);
  });
});
