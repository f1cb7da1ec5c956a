// Reading the page: each number from its place, whole where it is larger than 32 bits, and groups of one moment.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root.ts';
import {
  header,
  linkFields,
  linkWord,
  LINKS_MAX,
  pathFields,
  pathWord,
  PEERS_MAX,
  peerFields,
  peerWord,
  rejectReasons,
  seatFields,
  seatWord,
  SEATS_MAX,
} from '../../../lib/runtime/statistics-layout.ts';
import { Statistics } from '../../../lib/runtime/statistics.ts';
import { SyntheticPage } from './synthetic-page.ts';

describe('statistics', () => {
  it('reads numbers beyond 32 bits', () => {
    const { page } = new SyntheticPage().set(header.nowNs, 2 ** 53 - 1).set(header.ticks, 2 ** 32);
    const statistics = new Statistics(page);
    assert.equal(statistics.word(header.nowNs), Number.MAX_SAFE_INTEGER);
    assert.equal(statistics.word(header.ticks), 2 ** 32);
  });

  it('has each field in a place of its own', () => {
    const places = new Set<number>();
    let fields = 0;
    const take = (word: number): void => {
      places.add(word);
      fields++;
    };
    Object.values(header).forEach(take);
    for (let seat = 0; seat < SEATS_MAX; seat++) Object.values(seatFields).forEach((field) => take(seatWord(seat, field)));
    for (let link = 0; link < LINKS_MAX; link++) Object.values(linkFields).forEach((field) => take(linkWord(link, field)));
    for (const peer of [0, 1, PEERS_MAX - 1]) {
      [peerFields.nodeId, peerFields.up, peerFields.boot, peerFields.stalled].forEach((field) => take(peerWord(peer, field)));
      for (let link = 0; link < LINKS_MAX; link++) Object.values(pathFields).forEach((field) => take(pathWord(peer, link, field)));
    }
    assert.equal(places.size, fields);
  });

  it('knows the reasons for rejecting frames in the order of the core', () => {
    const text = readFileSync(join(packageRoot, 'native/core/wire/frame.h'), 'utf8');
    const body = /enum class Reject[^{]*\{([^}]*)\}/.exec(text)?.[1] ?? '';
    const names = body
      .replace(/\/\/[^\n]*/g, '')
      .split(',')
      .map((part) => /^\s*(\w+)/.exec(part)?.[1] ?? '')
      .filter((name) => name !== '' && name !== 'count');
    assert.deepEqual(names, [...rejectReasons]);
  });

  it('reads a seat', () => {
    const { page } = new SyntheticPage()
      .set(seatWord(2, seatFields.holder), 5)
      .set(seatWord(2, seatFields.holderEpoch), 9)
      .set(seatWord(2, seatFields.state), 3);
    const statistics = new Statistics(page);
    assert.deepEqual(statistics.seat(2), { holder: 5, epoch: 9, state: 3 });
    assert.deepEqual([statistics.holder(2), statistics.holderEpoch(2), statistics.seatState(2)], [5, 9, 3]);
    assert.deepEqual(statistics.seat(1), { holder: 0, epoch: 0, state: 0 });
  });

  it('reads a seat again while it is being written', () => {
    const synthetic = new SyntheticPage();
    const statistics = new Statistics(synthetic.page);
    const generations = [1, 1, 2, 4, 4, 4];
    statistics.generation = () => generations.shift() ?? Number.NaN;
    statistics.seat(0);
    assert.deepEqual(generations, [], 'odd, then changed in between, then the same twice');
  });

  it('reads a link, and of the rejects those that there were', () => {
    const synthetic = new SyntheticPage();
    const fields = { present: 1, carrier: 1, sent: 10, received: 8, sendDropped: 2 };
    for (const [name, value] of Object.entries(fields)) synthetic.set(linkWord(1, linkFields[name as keyof typeof fields]), value);
    synthetic.set(linkWord(1, linkFields.rejects + rejectReasons.indexOf('tag')), 3).set(linkWord(1, linkFields.rejects), 99);
    const statistics = new Statistics(synthetic.page);
    assert.deepEqual(statistics.link(1), { present: true, carrier: true, sent: 10, received: 8, sendDropped: 2, rejects: { tag: 3 } });
    assert.deepEqual(statistics.link(0), { present: false, carrier: false, sent: 0, received: 0, sendDropped: 0, rejects: {} });
  });

  it('reads the peers that there are, with their paths', () => {
    const synthetic = new SyntheticPage()
      .set(header.peerCount, 3)
      .set(peerWord(0, peerFields.nodeId), 2)
      .set(peerWord(2, peerFields.nodeId), 300);
    synthetic.set(peerWord(2, peerFields.up), 1).set(peerWord(2, peerFields.stalled), 1).set(peerWord(5, peerFields.nodeId), 9);
    const path = { up: 1, sent: 5, received: 4, lost: 1, lastArrivalNs: 9_000_000, roundTripNs: 50_000 };
    for (const [name, value] of Object.entries(path)) synthetic.set(pathWord(2, 7, pathFields[name as keyof typeof path]), value);
    const peers = new Statistics(synthetic.page).peers();
    assert.deepEqual(
      peers.map((peer) => [peer.node, peer.up, peer.stalled]),
      [
        [2, false, false],
        [300, true, true],
      ],
    );
    assert.equal(peers[1]?.paths.length, LINKS_MAX);
    assert.deepEqual(peers[1]?.paths[7], { link: 7, ...path, up: true });
    const hears = (sinceMs: number): boolean => new Statistics(synthetic.page).hears(300, 7, sinceMs);
    assert.deepEqual([0, 9, 9.001].map(hears), [true, true, false]);
  });

  it('reads a histogram by the upper bounds of its buckets', () => {
    const synthetic = new SyntheticPage();
    const at = header.wakeLateness;
    const nothing = { count: 0, meanNs: 0, maxNs: 0, p50Ns: 0, p99Ns: 0 };
    assert.deepEqual(new Statistics(synthetic.page).wakeLateness(), nothing);
    synthetic
      .set(at, 100)
      .set(at + 1, 250_000)
      .set(at + 2, 70_000)
      .set(at + 3 + 10, 98)
      .set(at + 3 + 16, 2);
    assert.deepEqual(new Statistics(synthetic.page).wakeLateness(), {
      count: 100,
      meanNs: 2500,
      maxNs: 70_000,
      p50Ns: 2048,
      p99Ns: 131_072,
    });
    assert.deepEqual(new Statistics(synthetic.page).roundTrip(0), nothing);
  });
});
