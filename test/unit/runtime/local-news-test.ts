// What this node alone has seen and keeps for its status.
import assert from 'node:assert/strict';
import { LocalNews } from '../../../lib/runtime/local-news.ts';
import type { Places } from '../../../lib/runtime/places.ts';
import { parsed } from '../config/samples.ts';
import { nativeEvent } from './native-events.ts';

const config = parsed(`
cluster: demo
key_file: demo.keys
quorum: majority
networks: [{name: a, multicast: true}]
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0}}
  - {name: node2, id: 2, interfaces: {a: eth0}}
`);
const [node] = config.nodes;
const nowhere = {} as Places;

describe('local news', () => {
  it('knows who hears multicast on which link, until it does no more; nobody is told', () => {
    assert.ok(node);
    const told: unknown[] = [];
    const news = new LocalNews({
      here: () => ({ config, node }),
      publish: (event) => told.push(event),
      warn: (fields) => told.push(fields),
    });
    assert.equal(news.hearsMulticast(2, 0), false);
    news.tell(nativeEvent('multicast_path', { node: 2, link: 0, value: 1n }), nowhere);
    assert.deepEqual([news.hearsMulticast(2, 0), news.hearsMulticast(2, 1), news.hearsMulticast(1, 0)], [true, false, false]);
    news.tell(nativeEvent('multicast_path', { node: 2, link: 0, value: 0n }), nowhere);
    assert.equal(news.hearsMulticast(2, 0), false);
    assert.deepEqual(told, []);
  });
});
