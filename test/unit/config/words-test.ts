// The small words of the configuration: guesses at slips, and addresses in all their spellings.
import assert from 'node:assert/strict';
import { compareHosts, inSubnet, parseAddress } from '../../../lib/config/address.ts';
import { closest } from '../../../lib/config/did-you-mean.ts';

describe('did you mean', () => {
  const known = ['interval', 'timeout', 'packets', 'priority', 'nic_policy'];

  it('finds slips: a letter missing, added, wrong, or two swapped', () => {
    assert.equal(closest('intervall', known), 'interval');
    assert.equal(closest('timout', known), 'timeout');
    assert.equal(closest('pakcets', known), 'packets');
    assert.equal(closest('Priority', known), 'priority');
    assert.equal(closest('nic-policy', known), 'nic_policy');
  });

  it('does not guess wildly', () => {
    assert.equal(closest('colour', known), null);
    assert.equal(closest('c', ['a', 'b']), null);
    assert.equal(closest('x', []), null);
    assert.equal(closest('node9', ['node1', 'node2']), null, 'two are as near');
  });
});

describe('virtual addresses', () => {
  it('are an address of one host with a prefix length', () => {
    assert.deepEqual(parseAddress('10.77.0.100/24'), { host: '10.77.0.100', family: 'ipv4', prefixLength: 24 });
    assert.deepEqual(parseAddress('FD00:0:0::0100/64'), { host: 'fd00::100', family: 'ipv6', prefixLength: 64 });
    const wrong = [
      '10.77.0.100',
      '10.77.0.100/0',
      '10.77.0.100/33',
      'fd00::1/129',
      '0.0.0.0/8',
      '127.0.0.1/8',
      '224.0.0.1/4',
      '255.255.255.255/32',
      '::/64',
      '::1/128',
      'ff02::1/64',
      'host/24',
      '10.77.0.256/24',
      '',
    ];
    for (const text of wrong) assert.equal(parseAddress(text), null, text);
  });

  it('lie in a subnet or not', () => {
    const at = (text: string): NonNullable<ReturnType<typeof parseAddress>> => parseAddress(text) ?? assert.fail(text);
    assert.ok(inSubnet(at('10.1.0.2/24'), at('10.1.0.100/32')));
    assert.ok(!inSubnet(at('10.1.0.2/24'), at('10.1.1.100/24')));
    assert.ok(!inSubnet(at('10.1.0.2/24'), at('fd00::1/64')));
  });

  it('C4: have an order by number', () => {
    assert.deepEqual(['10.0.0.10', 'fd00::1', '10.0.0.9', '9.255.0.1'].sort(compareHosts), [
      '9.255.0.1',
      '10.0.0.9',
      '10.0.0.10',
      'fd00::1',
    ]);
  });
});
