// A daemon seen from another process: the same calls, over its socket.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { connect, type Daemon } from '../../../lib/api/daemon.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('connect', () => {
  let fake: FakeCluster;
  let daemon: Daemon;

  beforeEach(async () => {
    fake = await FakeCluster.join();
    daemon = await connect(fake.socket);
  });

  afterEach(async () => {
    daemon.close();
    await fake.close();
  });

  it('offers what Cluster offers', async () => {
    await daemon.move({ to: 'node2' });
    await daemon.move();
    await daemon.setStandby('node3');
    await daemon.changeActiveNetwork('b');
    await daemon.addVirtualAddress('10.77.0.101/24', 'a');
    await daemon.deleteVirtualAddress('10.77.0.101/24');
    await daemon.publish('backup-done', { bytes: 12 });
    await daemon.offline();
    await daemon.online();
    assert.deepEqual(
      fake.runtime.commands.map((command) => command.name),
      ['move', 'move', 'setStandby', 'changeActiveNetwork', 'addVirtualAddress', 'deleteVirtualAddress', 'publish', 'offline', 'online'],
    );
    assert.deepEqual(await daemon.status(), JSON.parse(JSON.stringify(fake.cluster.status())));
  });

  it('throws the same errors, whole', async () => {
    const error = HeartwireError.of('HW_REFUSED', { reason: 'there is no standby.' });
    fake.runtime.refusals.set('move', error);
    await assert.rejects(daemon.move(), (thrown: HeartwireError) => {
      assert.ok(thrown instanceof HeartwireError);
      assert.deepEqual(thrown.toJSON(), error.toJSON());
      return true;
    });
  });

  it('tells past events, and what comes until told to stop', async () => {
    fake.runtime.tell('new-manager');
    fake.runtime.tell('new-standby');
    assert.deepEqual(
      (await daemon.recentEvents()).map((event) => event.event),
      ['new-manager', 'new-standby'],
    );
    assert.deepEqual(
      (await daemon.recentEvents(1)).map((event) => event.event),
      ['new-standby'],
    );
    const stop = new AbortController();
    const seen: string[] = [];
    const events = await daemon.events({ signal: stop.signal, recent: 1 });
    const loop = (async () => {
      for await (const event of events) seen.push(event.event);
    })();
    await waitUntil('the past one', () => seen.length === 1);
    fake.runtime.tell('standby-lost');
    await waitUntil('the new one', () => seen.length === 2);
    stop.abort();
    await loop;
    assert.deepEqual(seen, ['new-standby', 'standby-lost']);
    await waitUntil('no listener is left', () => fake.cluster.listenerCount('event') === 0);
  });

  it('ends a stream at the daemon when its loop is left', async () => {
    for await (const status of await daemon.watch()) {
      assert.equal(status.cluster, 'demo');
      break;
    }
    await waitUntil('no listener is left', () => fake.cluster.listenerCount('event') === 0);
  });

  it('says when there is no daemon, and when it has gone', async () => {
    await assert.rejects(connect(join(fake.folder, 'none.sock')), { code: 'HW_NO_DAEMON' });
    const events = await daemon.events();
    await fake.cluster.leave();
    await assert.rejects(events.next(), { code: 'HW_CONNECTION_LOST' });
    await assert.rejects(daemon.status(), { code: 'HW_CONNECTION_LOST' });
  });
});
