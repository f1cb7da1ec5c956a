// What this node alone has seen, in the words of its people.
import assert from 'node:assert/strict';
import { localEvent, type LocalNames } from '../../../lib/runtime/local-events.ts';
import { nativeEvent } from './native-events.ts';

const names: LocalNames = {
  self: 1,
  linkName: (link) => `network ${link}`,
  interfaceOf: (link) => (link === 0 ? 'eth0' : null),
  address: (index) => (index === 0 ? { address: '10.0.0.100/24', interface: 'eth0' } : null),
  addressesOf: (seat) => (seat === 2 ? '10.0.0.101/24' : '10.0.0.100/24 fd00::100/64'),
  groupOf: (seat) => (seat === 2 ? 'web' : null),
  switched: (link, toStandby) => (toStandby ? 'a' : `network of ${link}`),
};

function told(kind: string, fields: Parameters<typeof nativeEvent>[1] = {}, changes: Partial<LocalNames> = {}): unknown {
  const event = localEvent(nativeEvent(kind, fields), { ...names, ...changes });
  return event === null ? null : [event.event, event.node, event.details];
}

describe('local events', () => {
  it('have the time of the native clock, and no description', () => {
    const event = localEvent(nativeEvent('carrier'), names);
    assert.equal(event?.atMs, 5000.001);
    assert.deepEqual([event?.memberId, event?.description], [null, null]);
  });

  it('tell of the seat with all its addresses, where it has any', () => {
    const details = { address: '10.0.0.100/24 fd00::100/64', epoch: 4 };
    assert.deepEqual(told('seat_open', { epoch: 4n }), ['address-acquired', 1, details]);
    assert.deepEqual(told('seat_closed', { epoch: 4n }), ['address-released', 1, details]);
    assert.deepEqual(told('seat_failed', { epoch: 4n, value: 13n }), ['address-failed', 1, details]);
    assert.deepEqual(told('seat_open', { epoch: 4n, seat: 2 }), [
      'address-acquired',
      1,
      { address: '10.0.0.101/24', epoch: 4, group: 'web' },
    ]);
    for (const kind of ['seat_open', 'seat_closed']) assert.equal(told(kind, {}, { addressesOf: () => '' }), null);
  });

  it('tell of one address', () => {
    const place = { address: '10.0.0.100/24', interface: 'eth0' };
    assert.deepEqual(told('address_stray', { address: 0 }), ['address-stray-removed', 1, place]);
    assert.deepEqual(told('address_conflict', { address: 0, text: '02:00:00:00:00:07' }), [
      'address-conflict',
      1,
      { ...place, mac: '02:00:00:00:00:07' },
    ]);
    assert.deepEqual(told('address_conflict', { address: 5 }), ['address-conflict', 1, { address: '?', interface: '?', mac: '?' }]);
  });

  it('say that an address was put back only when it was', () => {
    const place = { address: '10.0.0.100/24', interface: 'eth0' };
    assert.deepEqual(told('address_deleted', { address: 0, flag: true, value: 50_000n }), ['address-put-back', 1, place]);
    assert.deepEqual(told('address_deleted', { address: 0, flag: false, value: 13n }), ['address-failed', 1, place]);
  });

  it('tell of links and peers', () => {
    assert.deepEqual(told('link_up', { node: 2, link: 1 }), ['link-up', 2, { link: 'network 1', peer: 2 }]);
    assert.deepEqual(told('link_down', { node: 2, link: 1 }), ['link-down', 2, { link: 'network 1', peer: 2 }]);
    assert.deepEqual(told('peer_stalled', { node: 2, flag: true }), ['node-stalled', 2, {}]);
    assert.deepEqual(told('peer_stalled', { node: 2 }), ['node-recovered', 2, {}]);
  });

  it('tell of own interfaces', () => {
    const link = { link: 'network 0', interface: 'eth0' };
    assert.deepEqual(told('carrier', { flag: true }), ['carrier-up', 1, link]);
    assert.deepEqual(told('carrier'), ['carrier-down', 1, link]);
    assert.deepEqual(told('interface_gone'), ['interface-gone', 1, link]);
    assert.deepEqual(told('message_interface_back'), ['interface-back', 1, link]);
    assert.deepEqual(told('interface_gone', { link: 1 }), ['interface-gone', 1, { link: 'network 1', interface: null }]);
  });

  it('tell how late this observer was', () => {
    assert.deepEqual(told('unfit', { value: 12_500_000n }), ['observer-late', 1, { latenessMs: 12.5 }]);
  });

  it('tell that the guardian was started anew', () => {
    assert.deepEqual(told('guardian_restarted', { value: 2n }), ['guardian-restarted', 1, { restarts: 2 }]);
  });

  it('leave out the rest', () => {
    for (const kind of ['node_up', 'node_down', 'message', 'announce', 'late', 'holder_changed', 'unknown'])
      assert.equal(told(kind), null, kind);
  });
});
