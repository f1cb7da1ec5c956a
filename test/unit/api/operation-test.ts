// What a program proposes: as long as it may be, and not longer.
import assert from 'node:assert/strict';
import { OPERATION_BYTES_MAX, operationOf } from '../../../lib/api/operation.ts';
import { bytesOf } from '../../../lib/protocol/codec/codec.ts';

describe('api: operations', () => {
  it('are three-phase, and not durable, unless something else is said', () => {
    assert.deepEqual(operationOf('add', 1, {}), { form: 'three-phase', durable: false, name: 'add', data: 1 });
    assert.deepEqual(operationOf('add', 1, { form: 'two-phase', durable: true }), {
      form: 'two-phase',
      durable: true,
      name: 'add',
      data: 1,
    });
  });

  it('have 1 MiB at most, as they are written', () => {
    const head = bytesOf('x'.repeat(OPERATION_BYTES_MAX)) - OPERATION_BYTES_MAX;
    const longest = 'x'.repeat(OPERATION_BYTES_MAX - head);
    assert.equal(bytesOf(longest), OPERATION_BYTES_MAX);
    operationOf('add', longest, {});
    for (const data of [`${longest}x`, new Uint8Array(OPERATION_BYTES_MAX), { deep: [longest] }])
      assert.throws(() => operationOf('add', data, {}), { code: 'HW_MESSAGE_TOO_LONG' });
  });

  it('are what CBOR can write', () => {
    const round: { self?: unknown } = {};
    round.self = round;
    assert.throws(() => operationOf('add', round, {}), { code: 'HW_REFUSED' });
  });
});
