// What is not written has the value of 002's Table 1, or ours.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mayManage, nodeByName, ownNode } from '../../../lib/config/config.ts';
import { loadConfig, parseConfig } from '../../../lib/config/load.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { packageRoot } from '../../../lib/package-root.ts';
import { parsed, sample } from './samples.ts';

describe('configuration', () => {
  it('C17: has the defaults of Table 1', () => {
    const config = sample();
    assert.deepEqual(config.heartbeat, {
      intervalUs: 100_000,
      timeoutUs: 1_000_000,
      packets: 10,
      format: 'binary',
      relays: true,
      priority: 50,
      affinity: [],
      isolation: { secondThread: true, spin: false, busyPollUs: 0, cpuLatencyUs: null },
      nicPolicy: 'last',
      port: 525,
    });
    assert.deepEqual(config.discovery, { port: 1235, unmanagedPeriodMs: 1000, announceCount: 5 });
    assert.equal(config.messagePort, 1199);
    assert.equal(config.httpPort, 91);
    assert.equal(config.pruneTimeMs, 60_000);
    assert.equal(config.nodes[0]?.nodeClass, 'node');
    assert.equal(config.nodes[0]?.preferredRole, 'none');
  });

  it('has our own defaults', () => {
    const config = sample();
    assert.equal(config.quorum, 'majority');
    assert.deepEqual(config.voters, ['node1', 'node2', 'node3']);
    assert.equal(config.managementNetwork, 'a');
    assert.equal(config.standbyNetwork, 'b');
    assert.equal(config.authentication, 'required');
    assert.equal(config.stateDirectory, '/var/lib/heartwire');
    assert.deepEqual(config.control, { socket: '/run/heartwire/demo.sock', group: null });
    assert.deepEqual(config.stalled, { timeoutMs: 5000, policy: 'report' });
    assert.equal(config.incorporationTimeoutMs, 5000);
    assert.equal(config.keepAwake, true);
    assert.deepEqual(config.messageParameters, {
      fragmentBytesMax: 1200,
      retryTimerUs: 20_000,
      retryTimeMaxMs: 5000,
      queueOverflowThreshold: 1024,
      sendWindow: 32,
    });
  });

  it('P2: takes the message parameters in their units, and refuses what the message thread would', () => {
    const written =
      'messages: {fragment_size: 1400, retry_timer: 500us, retry_time_max: 600s, queue_overflow_threshold: 1, send_window: 256}';
    assert.deepEqual(sample(written).messageParameters, {
      fragmentBytesMax: 1400,
      retryTimerUs: 500,
      retryTimeMaxMs: 600_000,
      queueOverflowThreshold: 1,
      sendWindow: 256,
    });
    const refused = [
      'fragment_size: 255',
      'retry_timer: 499us',
      'retry_time_max: 9ms',
      'retry_time_max: 10500us',
      'queue_overflow_threshold: 0',
      'send_window: 257',
    ];
    for (const field of refused) {
      const named = new RegExp(`messages\\.${field.split(':')[0] ?? ''}: .*(Choose|The least is|The most is)`);
      assert.throws(() => sample(`messages: {${field}}`), { code: 'HW_CONFIG_INVALID', message: named });
    }
  });

  it('counts relative paths from the folder of the file', () => {
    const config = sample('state_directory: state\ncontrol: {socket: here.sock}');
    assert.deepEqual(config.keyFiles, ['/etc/heartwire/demo.keys']);
    assert.equal(config.stateDirectory, '/etc/heartwire/state');
    assert.equal(config.control.socket, '/etc/heartwire/here.sock');
  });

  it('takes the other network as standby when the second is the active one', () => {
    assert.equal(sample('management_network: b').standbyNetwork, 'a');
    assert.equal(
      parsed('cluster: demo\nkey_file: k\nnetworks: [{name: a}]\nnodes: [{name: node1, id: 1, interfaces: {a: eth0}}]').standbyNetwork,
      null,
    );
  });

  it('lets a client-only node vote when it is named, and never manage', () => {
    const config = parsed(
      'cluster: demo\nkey_file: k\nnetworks: [{name: a}]\nvoters: [node3, node1, node2]\nnodes:\n' +
        '  - {name: node1, id: 1, interfaces: {a: eth0}}\n  - {name: node2, id: 2, interfaces: {a: eth0}}\n  - {name: node3, id: 3, interfaces: {a: eth0}, preferred_role: client}',
    );
    assert.deepEqual(config.voters, ['node1', 'node2', 'node3'], 'in the order of the nodes');
    assert.deepEqual(
      config.nodes.map((node) => mayManage(config, node)),
      [true, true, false],
    );
  });

  it('reads heartbeats in both ways', () => {
    const timing = (line: string): number[] => {
      const { intervalUs, timeoutUs, packets } = sample(`heartbeat: ${line}`).heartbeat;
      return [intervalUs, timeoutUs, packets];
    };
    assert.deepEqual(timing('{interval: 1ms, timeout: 3ms}'), [1000, 3000, 3]);
    assert.deepEqual(timing('{timeout: 500ms, packets: 5}'), [100_000, 500_000, 5]);
    assert.deepEqual(timing('{interval: 20ms}'), [20_000, 200_000, 10]);
    assert.deepEqual(timing('{timeout: 2s}'), [200_000, 2_000_000, 10]);
    assert.deepEqual(timing('{interval: 200us, packets: 5}'), [200, 1000, 5]);
    assert.deepEqual(timing('{interval: 3ms, timeout: 10ms}'), [3000, 10_000, 3]);
    assert.deepEqual(timing('{interval: 10ms, timeout: 50ms, packets: 5}'), [10_000, 50_000, 5]);
  });

  it('finds the own node by name, host name, or the host name up to its first dot', () => {
    const config = sample();
    assert.equal(ownNode(config, 'node2', 'elsewhere').name, 'node2');
    assert.equal(ownNode(config, null, 'node3').name, 'node3');
    assert.equal(ownNode(config, null, 'node1.example.org').name, 'node1');
    assert.throws(() => ownNode(config, null, 'elsewhere'), { code: 'HW_NODE_UNKNOWN' });
    assert.throws(
      () => nodeByName(config, 'nod1'),
      (error: HeartwireError) => error.message === 'There is no node nod1 here; known are node1, node2, node3 (did you mean node1?).',
    );
  });

  it('says which file cannot be read', () => {
    assert.throws(() => loadConfig('/nowhere/demo.yaml'), { code: 'HW_CONFIG_UNREADABLE', place: '/nowhere/demo.yaml' });
  });

  it('refuses a bomb of aliases', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefg'.split('').map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdef'[index]}`).join(', ')}]`),
    ].join('\n');
    assert.throws(() => parseConfig(bomb, 'bomb.yaml', '/'), { code: 'HW_CONFIG_SYNTAX' });
  });

  it('ships an example that is valid, without a warning', () => {
    const { config, warnings } = loadConfig(join(packageRoot, 'config', 'example.yaml'));
    assert.equal(config.nodes.length, 3);
    assert.deepEqual(warnings, []);
    assert.match(readFileSync(join(packageRoot, 'config', 'example.yaml'), 'utf8'), /heartwire key generate/);
  });
});
