// What the configuration says of messages reaches the message thread when the daemon starts: a field that is checked and
// then forgotten would look the same from outside.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../lib/config/load.ts';
import { native } from '../../lib/native.ts';
import { ClusterRuntime } from '../../lib/runtime/cluster-runtime.ts';
import { nativeOptions } from './support/native-options.ts';

type MessageParameters = Parameters<InstanceType<typeof native.NativeNode>['setMessageParameters']>[0];

describe('addon: configured', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-configured-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('P2: the message parameters of the configuration are taken at the start', async () => {
    const seen: MessageParameters[] = [];
    class Watched extends native.NativeNode {
      override setMessageParameters(parameters: MessageParameters): void {
        super.setMessageParameters(parameters);
        seen.push(parameters);
      }
    }
    const { config } = parseConfig(text(folder), 'test', folder);
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    const runtime = new ClusterRuntime(
      { config, node: 'node1', keys: [], stateDirectory: folder, logger },
      { ...native, NativeNode: Watched },
    );
    await runtime.start();
    await runtime.stop();
    assert.deepEqual(seen, [{ fragmentBytesMax: 512, retryTimerUs: 7000, retryTimeMaxMs: 800, queueOverflowThreshold: 9, sendWindow: 3 }]);
  });
});

function text(folder: string): string {
  const { beatPort, messagePort, broadcastPort } = nativeOptions();
  return `
cluster: configured
authentication: none-insecure
state_directory: ${folder}
heartbeat: {port: ${beatPort}, priority: 0}
networks: [{name: a}]
nodes: [{name: node1, id: 1, preferred_role: manager, interfaces: {a: lo}}]
discovery: {port: ${broadcastPort}}
takeover: {kernel_guard: false}
messages: {port: ${messagePort}, fragment_size: 512, retry_timer: 7ms, retry_time_max: 800ms, queue_overflow_threshold: 9, send_window: 3}
`;
}
