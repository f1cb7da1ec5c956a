// What a hook says of a pause, and what the configuration adds to it (V1, V2).
import assert from 'node:assert/strict';
import { pauseCommand } from '../../../lib/api/pause.ts';
import { parseConfig } from '../../../lib/config/load.ts';
import type { AbsenceConfig } from '../../../lib/config/config.ts';

const GIB = 2 ** 30;

function absence(section: string): AbsenceConfig {
  const text = `cluster: c
authentication: none-insecure
networks: [{name: a}]
nodes: [{name: n1, id: 1, interfaces: {a: eth0}}, {name: n2, id: 2, interfaces: {a: eth0}}, {name: n3, id: 3, interfaces: {a: eth0}}]
absence: ${section}
`;
  return parseConfig(text, 'text', '/').config.absence;
}

describe('what is said of a pause', () => {
  it('takes the time of its type, which may grow with the memory', () => {
    const config = absence('{cpu: 1500ms, migration_out: 5s+500ms/GiB, policy: keep, response_timeout: 50ms}');
    assert.deepEqual(pauseCommand(config, { reason: 'cpu' }), {
      name: 'pause',
      forMs: 1500,
      reason: 'cpu',
      policy: 'keep',
      responseMs: 50,
    });
    assert.equal(pauseCommand(config, { reason: 'migration-out' }, 8 * GIB).forMs, 9000);
    assert.equal(pauseCommand(config, { reason: 'migration-out', forMs: 3 }, 8 * GIB).forMs, 3);
  });

  it('needs a time for any other reason, and refuses a type that is off', () => {
    const config = absence('{memory: off}');
    assert.throws(() => pauseCommand(config, {}), { code: 'HW_USAGE', message: /Say how long it takes for maintenance \(--for 20s/ });
    assert.throws(() => pauseCommand(config, { reason: 'memory', forMs: 5 }), { code: 'HW_REFUSED', message: /absence\.memory/ });
    assert.equal(pauseCommand(config, { forMs: 5 }).reason, 'maintenance');
  });

  it('refuses times that are none', () => {
    for (const wrong of ['5', '5s+2', '2s/GiB', '1801s', '"0s"', 'on'])
      assert.throws(() => absence(`{cpu: ${wrong}}`), { code: 'HW_CONFIG_INVALID' }, wrong);
  });
});
