// Whatever is wrong with an argument is told in one sentence with the code HW_BAD_ARGUMENT, and has changed nothing.
import assert from 'node:assert/strict';
import { native, type NativeNode, type NativeNodeOptions } from '../../lib/native.ts';
import { header } from '../../lib/runtime/statistics-layout.ts';
import { Statistics } from '../../lib/runtime/statistics.ts';
import { nativeOptions } from './support/native-options.ts';
import { WatchedNode } from './support/watched-node.ts';

const BAD = { code: 'HW_BAD_ARGUMENT' } as const;
const KEY = new Uint8Array(32).fill(7);

/** Field, wrong value, what the sentence says. */
const BAD_OPTIONS: readonly (readonly [keyof NativeNodeOptions, unknown, RegExp])[] = [
  ['clusterName', 7, /^clusterName must be a string$/],
  ['nodeId', 0, /^nodeId must be a whole number from 1 to 65535$/],
  ['nodeId', 65_536, /nodeId/],
  ['nodeId', 1.5, /nodeId/],
  ['nodeId', Number.NaN, /nodeId/],
  ['nodeId', '1', /^nodeId must be a number$/],
  ['keys', [], /^keys must be at least one key/],
  ['keys', 'secret', /^keys must be an array$/],
  ['keys', [{ id: 0, key: KEY }], /^key id must be a whole number from 1 to 255$/],
  ['keys', [{ id: 1, key: 'secret' }], /^key must be a Uint8Array$/],
  ['keys', [{ id: 1, key: new Uint8Array(31) }], /^keys: /],
  ['keys', [{ id: 1, key: new Uint8Array(65) }], /^keys: /],
  [
    'keys',
    [
      { id: 1, key: KEY },
      { id: 1, key: KEY },
    ],
    /^keys: /,
  ],
  ['authentication', 'none', /^authentication must be 'required' or 'none-insecure'$/],
  ['links', 'lo', /^links must be an array$/],
  ['links', Array.from({ length: 9 }, () => ({ kind: 'udp', network: 0 })), /^links must be an array of at most 8$/],
  ['links', ['lo'], /^links\[0\] must be an object$/],
  ['links', [{ kind: 'pigeon', network: 0 }], /^kind must be 'udp', 'udp6', 'ethernet' or 'serial'$/],
  ['links', [{ kind: 'udp', network: 0, interface: 7 }], /^interface must be a string$/],
  ['links', [{ kind: 'serial', network: 255, device: 'ttyS0', baud: 1, peer: 2 }], /^baud must be/],
  ['links', [{ kind: 'serial', network: 255, device: 'ttyS0', baud: 115_200 }], /^peer must be a number$/],
  ['beatPort', 0, /^beatPort must be/],
  ['messagePort', 65_536, /^messagePort must be/],
  ['broadcastPort', '1', /^broadcastPort must be/],
  ['intervalUs', 199, /^intervalUs must be a whole number from 200 /],
  ['timeoutUs', 19_999, /^timeoutUs must be a whole number from 20000 /],
  ['nicPolicy', 'middle', /^nicPolicy must be 'first' or 'last'$/],
  ['beatFormat', 'json', /^beatFormat must be 'binary' or 'xml'$/],
  ['beatPriority', 100, /^beatPriority must be/],
  ['lockMemory', 1, /^lockMemory must be true or false$/],
  ['affinity', [-1], /^cpu must be/],
  ['awakeUs', 10_001, /^awakeUs must be a whole number from 0 to 10000$/],
  ['livenessTimeoutMs', -1, /^livenessTimeoutMs must be/],
  ['probeMs', 10_001, /^probeMs must be/],
  ['arpStrict', undefined, /^arpStrict must be true or false$/],
];

type Call = (node: NativeNode) => unknown;
type Misuse = readonly [string, Call, RegExp];
const loosely = (value: unknown): never => value as never;

const messageParameters = { fragmentBytesMax: 1200, retryTimerUs: 1000, retryTimeMaxMs: 1000, queueOverflowThreshold: 10, sendWindow: 8 };
/** Just outside of what the message thread keeps to: it would not take them. */
const beyondRange: readonly (readonly [keyof typeof messageParameters, number])[] = [
  ['fragmentBytesMax', 255],
  ['fragmentBytesMax', 1401],
  ['retryTimerUs', 499],
  ['retryTimeMaxMs', 9],
  ['queueOverflowThreshold', 0],
  ['sendWindow', 257],
];

const BAD_CALLS: readonly Misuse[] = [
  ['setTiming', (node) => node.setTiming(1000, 1999, 'last'), /^timeoutUs must be a whole number from 2000 /],
  ['setTiming', (node) => node.setTiming(1000, 2000, loosely('none')), /^nicPolicy must be/],
  ['setPeer', (node) => node.setPeer(0, true, true, 0, 0), /^node must be/],
  ['setPeer', (node) => node.setPeer(2, loosely(1), true, 0, 0), /^beat must be true or false$/],
  ['setPeer', (node) => node.setPeer(2, true, true, -1, 0), /^intervalUs must be/],
  ['setPeer', (node) => node.setPeer(2, true, true, 0, 0, -1), /^answerUs must be/],
  ['confirmTiming', (node) => node.confirmTiming(0, 1), /^node must be/],
  ['confirmTiming', (node) => node.confirmTiming(2, 0), /^token must be/],
  ['removePeer', (node) => node.removePeer(loosely(undefined)), /^node must be a number$/],
  ['setVoters', (node) => node.setVoters(1, 0, [1], 0), /^quorum must be/],
  ['setVoters', (node) => node.setVoters(1, 1, [1, 0], 0), /^nodes\[1\] must be/],
  ['setVoters', (node) => node.setVoters(1, 1, [1], 65_536), /^witness must be/],
  ['setVoters', (node) => node.setVoters(1, 2, [1, 2], 'tape' as 'disk'), /^witness must be/],
  ['setRegister', (node) => node.setRegister(8, true, 0n, 0n, 0n, 1), /^seat must be a whole number from 0 to 7$/],
  ['setRegister', (node) => node.setRegister(0, true, loosely(0), 0n, 0n, 1), /^promised must be a bigint$/],
  ['setRegister', (node) => node.setRegister(0, true, 0n, -1n, 0n, 1), /^reserved must be a bigint from 0 to/],
  ['setSeat', (node) => node.setSeat(0, true, 0, 255, 500), /^leaseUs must be/],
  ['setAddresses', (node) => node.setAddresses(loosely(7)), /^addresses must be an array$/],
  [
    'setAddresses',
    (node) => node.setAddresses([{ seat: 0, address: '10.0.0', prefixLength: 24, interface: 'lo' }]),
    /^address must be an IPv4 or IPv6 address$/,
  ],
  [
    'setAddresses',
    (node) => node.setAddresses([{ seat: 0, address: '10.0.0.1', prefixLength: 0, interface: 'lo' }]),
    /^prefixLength must be/,
  ],
  ['setOrders', (node) => node.setOrders(0, 1n, 1n << 64n, [1]), /^baseEpoch must be a bigint from 0 to/],
  [
    'setOrders',
    (node) =>
      node.setOrders(
        0,
        1n,
        1n,
        Array.from({ length: 9 }, (_, index) => index + 1),
      ),
    /^chain must be an array of at most 8$/,
  ],
  ['stand', (node) => node.stand(-1), /^seat must be/],
  ['release', (node) => node.release(0, 65_536), /^successor must be/],
  ['renewLiveness', (node) => node.renewLiveness(loosely(1)), /^untilNs must be a bigint$/],
  ['announce', (node) => node.announce(loosely('hello')), /^payload must be a Uint8Array$/],
  ['contact', (node) => node.contact('localhost', 1, 0), /^host must be an IPv4 or IPv6 address$/],
  ['contact', (node) => node.contact('127.0.0.1', 0, 0), /^port must be/],
  ['send', (node) => node.send(2, loosely(new Uint16Array(1))), /^payload must be a Uint8Array$/],
  ['send', (node) => node.send(2, new Uint8Array(1), loosely(1)), /^waits must be true or false$/],
  ['send', (node) => node.send(2, new Uint8Array(1), true, true, loosely(1)), /^quiet must be true or false$/],
  ['publish', (node) => node.publish(loosely('')), /^bytes must be a Uint8Array$/],
  ['ask', (node) => node.ask(0, 1), /^node must be/],
  ['ask', (node) => node.ask(2, 0), /^question must be/],
  ['forget', (node) => node.forget(0), /^node must be/],
  ['prefer', (node) => node.prefer(8), /^link must be/],
  ...beyondRange.map(
    ([field, value]): Misuse => [
      'setMessageParameters',
      (node) => node.setMessageParameters({ ...messageParameters, [field]: value }),
      new RegExp(`^${field} must be`),
    ],
  ),
  ['setKeys', (node) => node.setKeys([]), /^keys must be at least one key$/],
];

describe('addon: bad options', () => {
  for (const [field, value, message] of BAD_OPTIONS) {
    it(`${field}: ${JSON.stringify(value)?.slice(0, 60)}`, () => {
      const options = { ...nativeOptions(), [field]: value };
      assert.throws(() => new native.NativeNode(options, () => undefined), { ...BAD, message });
    });
  }

  it('no options, no callback', () => {
    const Loose = native.NativeNode as unknown as new (...values: unknown[]) => NativeNode;
    assert.throws(() => new Loose(), { ...BAD, message: /^options must be an object$/ });
    assert.throws(() => new Loose(nativeOptions()), { ...BAD, message: /^onEvents must be a function$/ });
    assert.throws(() => new Loose(nativeOptions(), () => undefined, 7), { ...BAD, message: /^landing must be an ArrayBuffer$/ });
  });

  it('accepts no keys where there is no authentication', () => {
    assert.ok(new native.NativeNode(nativeOptions({ keys: [], authentication: 'none-insecure' }), () => undefined));
  });
});

describe('addon: bad arguments', () => {
  const node = new WatchedNode();
  before(() => void node.native.start(1n));
  after(() => node.native.stop());

  for (const [name, call, message] of BAD_CALLS) {
    it(`${name}: ${String(message)}`, () => assert.throws(() => call(node.native), { ...BAD, message }));
  }

  it('a message that is too long, an announcement that is too long or empty', () => {
    for (const length of [0, 1201]) assert.throws(() => node.native.announce(new Uint8Array(length)), { code: 'HW_MESSAGE_TOO_LONG' });
  });

  it('have changed nothing', async () => {
    node.native.release(7, 0); // Commands are taken in order: all before this one have been carried out.
    await node.told('seat_released', (event) => event.seat === 7);
    const statistics = new Statistics(node.native.page);
    assert.deepEqual(statistics.peers(), []);
    assert.equal(statistics.word(header.intervalNs), 10_000_000);
    assert.equal(statistics.word(header.timeoutNs), 100_000_000);
    assert.deepEqual(statistics.seat(0), { holder: 0, epoch: 0, state: 0 });
    assert.deepEqual(
      [...new Set(node.events.map((event) => event.kind))].filter((kind) => !['carrier', 'late', 'seat_released'].includes(kind)),
      [],
    );
  });
});
