// Every native event in the words of the protocols; what comes from other machines is believed only where it speaks
// of its sender.
import assert from 'node:assert/strict';
import { encodeAnnouncement, encodeMessage } from '../../../lib/protocol/codec/codec.ts';
import type { Announcement } from '../../../lib/protocol/types.ts';
import { protocolEvent } from '../../../lib/runtime/event-words.ts';
import { nativeEvent } from './native-events.ts';

const announcement: Announcement = {
  cluster: 'demo',
  description: {
    node: 2,
    name: 'node2',
    boot: 9n,
    memberId: null,
    nodeClass: '',
    preferredRole: 'none',
    voter: true,
    mayManage: true,
    bridged: false,
    address: '10.0.0.2',
    hostName: 'host2',
    beatPort: 1,
    messagePort: 2,
    httpPort: 0,
    beatTimeoutMs: null,
    beatPackets: null,
    nics: [],
    version: '0.1.0',
  },
  role: 'unmanaged',
  promisedEpoch: 3n,
  manager: null,
};

describe('event words', () => {
  it('has a word for each verdict', () => {
    assert.deepEqual(protocolEvent(nativeEvent('node_up', { node: 2 })), { type: 'nodeUp', node: 2 });
    assert.deepEqual(protocolEvent(nativeEvent('node_down', { node: 2, value: 7n })), { type: 'nodeDown', node: 2 });
    assert.deepEqual(protocolEvent(nativeEvent('link_up', { node: 2, link: 1 })), { type: 'linkUp', node: 2, link: 1 });
    assert.deepEqual(protocolEvent(nativeEvent('link_down', { node: 2, link: 1 })), { type: 'linkDown', node: 2, link: 1 });
    assert.deepEqual(protocolEvent(nativeEvent('carrier', { link: 1, flag: true })), { type: 'carrier', link: 1, up: true });
    assert.deepEqual(protocolEvent(nativeEvent('carrier', { link: 1 })), { type: 'carrier', link: 1, up: false });
  });

  it('takes a vanished interface for one without carrier', () => {
    assert.deepEqual(protocolEvent(nativeEvent('interface_gone', { link: 3 })), { type: 'carrier', link: 3, up: false });
  });

  it('has a word for all news of a seat', () => {
    for (const news of ['acquired', 'open', 'lapsed', 'regained', 'released', 'failed', 'closed'] as const) {
      assert.deepEqual(protocolEvent(nativeEvent(`seat_${news}`, { seat: 1, epoch: 8n })), { type: 'seat', news, seat: 1, epoch: 8n });
    }
  });

  it('has a word for holders, refusals and reserves', () => {
    assert.deepEqual(protocolEvent(nativeEvent('holder_changed', { seat: 1, node: 2, epoch: 8n })), {
      type: 'holder',
      seat: 1,
      node: 2,
      epoch: 8n,
    });
    assert.deepEqual(protocolEvent(nativeEvent('reserve_needed', { seat: 1, epoch: 8n })), { type: 'reserveNeeded', seat: 1, epoch: 8n });
    const answers = ['', 'yes', 'held', 'epoch_old', 'orders', 'voters', 'quiet', 'reserve', 'unfit', ''];
    answers.forEach((answer, value) => {
      const event = protocolEvent(nativeEvent('refused', { seat: 0, node: 2, epoch: 8n, value: BigInt(value) }));
      assert.deepEqual(event, { type: 'refused', seat: 0, node: 2, answer, epoch: 8n });
    });
  });

  it('has a word for sessions', () => {
    assert.deepEqual(protocolEvent(nativeEvent('session_up', { node: 2, boot: 9n })), { type: 'sessionUp', node: 2, boot: 9n });
    assert.deepEqual(protocolEvent(nativeEvent('undeliverable', { node: 2 })), { type: 'undeliverable', node: 2 });
    assert.deepEqual(protocolEvent(nativeEvent('duplicate_node', { node: 2 })), { type: 'duplicateNode', node: 2 });
  });

  it('has a word for an event loop that does not turn', () => {
    const event = protocolEvent(nativeEvent('peer_stalled', { node: 2, flag: true }));
    assert.deepEqual(event, { type: 'nodeStalled', node: 2, stalled: true });
    const serves = protocolEvent(nativeEvent('peer_serves', { node: 2, value: 5n }));
    assert.deepEqual(serves, { type: 'nodeServes', node: 2, networks: 5 });
    for (const [value, why] of ['stalled', 'no-carrier', 'hears-nobody', 'unheard'].entries()) {
      const unfit = protocolEvent(nativeEvent('seat_unfit', { seat: 1, value: BigInt(value + 1) }));
      assert.deepEqual(unfit, { type: 'unfit', seat: 1, why });
    }
  });

  it('leaves out what is not for the protocol', () => {
    const others = [
      'late',
      'unfit',
      'asked',
      'address_deleted',
      'address_conflict',
      'address_stray',
      'session_path',
      'multicast_path',
      'bad_key',
      'boot_went_back',
      'message_interface_gone',
      'message_interface_back',
      'unknown',
    ];
    for (const kind of others) assert.equal(protocolEvent(nativeEvent(kind)), null, kind);
  });

  it('reads a message', () => {
    const event = protocolEvent(nativeEvent('message', { node: 2, boot: 9n, payload: encodeMessage({ kind: 'leaving' }) }));
    assert.deepEqual(event, { type: 'received', from: 2, boot: 9n, message: { kind: 'leaving' } });
  });

  it('reads an announcement of its sender', () => {
    const event = protocolEvent(nativeEvent('announce', { node: 2, boot: 9n, payload: encodeAnnouncement(announcement) }));
    assert.deepEqual(event, { type: 'announced', from: 2, boot: 9n, announcement });
  });

  it('refuses an announcement in the name of another node', () => {
    assert.equal(protocolEvent(nativeEvent('announce', { node: 3, boot: 9n, payload: encodeAnnouncement(announcement) })), null);
  });

  it('takes garbage, the wrong kind, and nothing for null', () => {
    const garbage = [
      new Uint8Array(0),
      new Uint8Array([0xff]),
      new Uint8Array(1000).fill(0x9f),
      new TextEncoder().encode('{"kind":"leaving"}'),
    ];
    for (const kind of ['message', 'announce']) {
      for (const payload of garbage) assert.equal(protocolEvent(nativeEvent(kind, { node: 2, payload })), null);
      assert.equal(protocolEvent(nativeEvent(kind, { node: 2 })), null);
    }
    assert.equal(protocolEvent(nativeEvent('message', { node: 2, payload: encodeAnnouncement(announcement) })), null);
    assert.equal(protocolEvent(nativeEvent('announce', { node: 2, payload: encodeMessage({ kind: 'leaving' }) })), null);
    assert.equal(protocolEvent(nativeEvent('late', { node: 2, payload: encodeMessage({ kind: 'leaving' }) })), null);
  });
});
