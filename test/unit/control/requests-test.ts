// What comes over the socket is checked before anything is done.
import assert from 'node:assert/strict';
import { idOf, parseRequest } from '../../../lib/control/requests.ts';

describe('requests', () => {
  it('have defaults', () => {
    assert.deepEqual(parseRequest('{"id":1,"command":"move"}'), { id: 1, command: 'move', to: null });
    assert.deepEqual(parseRequest('{"id":"x","command":"events"}'), { id: 'x', command: 'events', recent: 1000, follow: false });
    assert.deepEqual(parseRequest('{"id":1,"command":"watch"}'), { id: 1, command: 'watch', intervalMs: 1000 });
    assert.deepEqual(parseRequest('{"id":1,"command":"addAddress","address":"10.0.0.1/24"}'), {
      id: 1,
      command: 'addAddress',
      address: '10.0.0.1/24',
      network: 'active',
    });
  });

  it('are refused when they are wrong in any way', () => {
    const wrong = [
      '',
      'x',
      '[]',
      'null',
      '{}',
      '{"id":1}',
      '{"command":"status"}',
      '{"id":1,"command":"explode"}',
      '{"id":1,"command":"status","more":1}',
      '{"id":{},"command":"status"}',
      '{"id":1,"command":"standby"}',
      '{"id":1,"command":"standby","node":0}',
      '{"id":1,"command":"standby","node":""}',
      '{"id":1,"command":"move","to":70000}',
      '{"id":1,"command":"watch","intervalMs":1}',
      '{"id":1,"command":"events","recent":-1}',
      '{"id":1,"command":"network"}',
      `{"id":1,"command":"network","network":"${'x'.repeat(300)}"}`,
    ];
    for (const line of wrong) assert.throws(() => parseRequest(line), { code: 'HW_REQUEST_INVALID' }, line);
  });

  it('keep their id in the refusal where it can be seen', () => {
    assert.equal(idOf('{"id": 12, "command": "explode"}'), 12);
    assert.equal(idOf('{"command": "explode", "id": "mine"}'), 'mine');
    assert.equal(idOf('not JSON'), null);
  });
});
