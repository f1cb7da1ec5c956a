// What is written can be read; what is not ours, whatever it is, is null and never an exception.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesOf, decodeAnnouncement, decodeMessage, encodeAnnouncement, encodeAs, encodeMessage } from '../../lib/protocol/codec/codec.ts';
import { encodedBytesMax } from '../../lib/protocol/rounds/weight.ts';
import { announcement, message, wideMessage } from './support/arbitraries.ts';

describe('properties: codec', () => {
  it('reads every message that it writes', () => {
    fc.assert(
      fc.property(wideMessage, (each) => assert.deepEqual(decodeMessage(encodeMessage(each)), each)),
      { numRuns: 500 },
    );
  });

  it('reads every announcement that it writes', () => {
    fc.assert(fc.property(announcement, (each) => assert.deepEqual(decodeAnnouncement(encodeAnnouncement(each)), each)));
  });

  it('copies the bytes in a message out of what it came in', () => {
    const body = { form: 'two-phase', durable: false, name: 'transfer', data: Buffer.from([1, 2, 3]) } as const;
    const said = { kind: 'wish', counter: 1, protocol: 'commit', body, timeoutMs: 1000 } as const;
    const bytes = Buffer.from(encodeMessage(said));
    const read = decodeMessage(bytes);
    bytes.fill(0);
    assert.deepEqual(read, said);
  });

  it('keeps what it wrote when it writes again', () => {
    fc.assert(
      fc.property(message, message, (first, second) => {
        const bytes = encodeMessage(first);
        encodeMessage(second);
        assert.deepEqual(decodeMessage(bytes), first);
      }),
    );
  });

  it('never needs more bytes than are foreseen', () => {
    const value = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withSet: true, withMap: true }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
    );
    fc.assert(
      fc.property(value, (each) => assert.ok(bytesOf(each) <= encodedBytesMax(each))),
      { numRuns: 2000 },
    );
  });

  it('takes no message for an announcement', () => {
    fc.assert(fc.property(message, (each) => assert.equal(decodeAnnouncement(encodeMessage(each)), null)));
  });

  it('never throws at any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(decodeMessage(bytes), null);
        assert.equal(decodeAnnouncement(bytes), null);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws at a message with bytes changed or missing', () => {
    const changed = fc.tuple(message, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }), fc.nat());
    fc.assert(
      fc.property(changed, ([each, changes, length]) => {
        const bytes = new Uint8Array(encodeMessage(each));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        decodeMessage(bytes);
        decodeMessage(bytes.subarray(0, length % (bytes.length + 1)));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses unknown fields, numbers out of range and objects that pose as others', () => {
    const wrong: unknown[] = [
      { kind: 'connect', epoch: -1n },
      { kind: 'connect', epoch: 1n << 64n },
      { kind: 'connect', epoch: 1n, more: 1 },
      { kind: 'connect' },
      { kind: 'nothing' },
      { kind: 'newStandby', standby: 0 },
      { kind: 'newStandby', standby: 65536 },
      { kind: 'newStandby', standby: '1' },
      { kind: 'constructor' },
      null,
      [],
      1,
      { kind: 'ack', number: 1n, round: 0, ok: true, reason: '', payload: null, more: 1 },
      ['nothing', 1n],
      ['ack', 1n, 0, true, ''],
      ['ack', 1n, 0, true, '', null, null],
      ['ack', -1n, 0, true, '', null],
      ['ack', 1n << 64n, 0, true, '', null],
      ['ack', 1n, 64, true, '', null],
      ['ack', 1n, 0.5, true, '', null],
      ['ack', 1n, 0, 1, '', null],
      ['ack', 1n, 0, true, 'x'.repeat(1001), null],
      ['outcome', 1n, 1, 'agreed', '', 0],
      ['outcome', 1n, true, 'constructor', '', 0],
      ['outcome', 1n, true, 'agreed', null, 0],
      ['outcome', 1n, true, 'agreed', '', 65536],
      ['wish', -1, 'commit', null, 1000],
      ['wish', 1, 'x'.repeat(65), null, 1000],
      ['wish', 1, 'commit', null, 0],
      ['wish', 1, 'commit', null, 86_400_001],
      ['open', 1n, 0, 1n, 1, 'commit', null, [1, 1n], [], 1000],
      ['open', 1n, 1, null, 1, 'commit', null, [1, 1n], [], 1000],
      ['open', 1n, 1, 1n, 1.5, 'commit', null, [1, 1n], [], 1000],
      ['open', 1n, 1, 1n, 1, 2, null, [1, 1n], [], 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, [1], [], 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, [1, '1'], [], 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, { length: 0 }, [], 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, [1, 1n], [0], 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, [1, 1n], null, 1000],
      ['open', 1n, 1, 1n, 1, 'commit', null, [1, 1n], [], Number.NaN],
    ];
    for (const each of wrong)
      assert.equal(
        decodeMessage(encodeAs('message', each)),
        null,
        JSON.stringify(each, (_, value: unknown) => String(value)),
      );
  });
});
