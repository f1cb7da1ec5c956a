// A program's own source of notices (V1): registered by type, it pauses and resumes its node.
import assert from 'node:assert/strict';
import { Cluster } from '../../../lib/api/cluster.ts';
import { parseConfig } from '../../../lib/config/load.ts';
import type { NoticeHands, NoticeSource, NoticeType } from '../../../lib/runtime/notices/source.ts';
import { FakeEngine } from '../support/fake-runtime.ts';

const config = parseConfig(
  `cluster: c
authentication: none-insecure
networks: [{name: a}]
nodes: [{name: n1, id: 1, interfaces: {a: eth0}}, {name: n2, id: 2, interfaces: {a: eth0}}, {name: n3, id: 3, interfaces: {a: eth0}}]
absence: {storage_link: off, virtual_switch: 2s}
`,
  'text',
  '/',
).config;

class Hypervisor implements NoticeSource {
  readonly name = 'hypervisor';
  readonly types: readonly NoticeType[] = ['storage-link', 'virtual-switch'];
  registered: readonly NoticeType[] = [];
  hands: NoticeHands | null = null;
  hasEnded = false;

  start(registered: ReadonlySet<NoticeType>, hands: NoticeHands): () => void {
    this.registered = [...registered];
    this.hands = hands;
    return () => {
      this.hasEnded = true;
    };
  }
}

describe('sources of notices (V1)', () => {
  it('a program brings its own: started for registered types, ended with the node', async () => {
    const engine = new FakeEngine();
    const source = new Hypervisor();
    const cluster = await Cluster.joinWith(engine, config, { node: 'n1', control: false, noticeSources: [source] });
    assert.deepEqual(source.registered, ['virtual-switch']);
    await source.hands?.begins('virtual-switch');
    await source.hands?.begins('virtual-switch', 700);
    await source.hands?.ends();
    assert.deepEqual(
      engine.runtime?.commands.map((command) => (command.name === 'pause' ? [command.reason, command.forMs] : command.name)),
      [['virtual-switch', 2000], ['virtual-switch', 700], 'resume'],
    );
    await assert.rejects(async () => source.hands?.begins('storage-link'), { code: 'HW_REFUSED' });
    source.hands?.happened('virtual-switch', { from: 'a', to: 'b' });
    const [event] = cluster.recentEvents();
    assert.deepEqual([event?.event, event?.details], ['machine-changed', { type: 'virtual-switch', from: 'a', to: 'b' }]);
    await cluster.leave();
    assert.ok(source.hasEnded);
  });
});
