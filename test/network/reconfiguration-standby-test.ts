// Standby adapters that come and go while the cluster runs (R5, R9): whichever of a node's two adapters has the address, no role
// changes, and an adapter that goes is left before it is closed.
import assert from 'node:assert/strict';
import { layOnOneWire } from '../../lib/demo/two-adapters.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { servesBy, SERVICE, STANDBY } from './support/adapters.ts';
import { A, applies, B, C, edit, fields, heardOn, hears } from './support/network-changes.ts';
import { story } from './support/scene.ts';

const BY_ONE = [A, { ...C, link: 2 }];
const BY_TWO = [A, { ...B, paths: ['ethernet'], standby_for: 'a' }, C];

describe('standby adapters that come and go (R5, R9)', () => {
  story(
    'one comes, gets the address when the service adapter dies, and goes: the address first',
    {
      networks: 3,
      timeoutMs: 120_000,
      fields: { discovery: { unmanaged_period: '400ms' }, management_network: 'c', ...fields(BY_ONE) },
      prepare: layOnOneWire,
    },
    async (scene) => {
      await hears(scene, '0 a, 2 c');
      const client = await scene.client();
      const owner = scene.formed.manager;
      const mark = await scene.now();
      await edit(scene, 'two', fields(BY_TWO));
      await applies(scene);
      assert.equal(await heardOn(scene, scene.formed.standby), '0 a, 1 b, 2 c');
      await servesBy(scene, client, owner, SERVICE);

      await scene.stage.setPorts(owner, false, [0]);
      await servesBy(scene, client, owner, STANDBY);
      await scene.stage.setPorts(owner, true, [0]);
      await hears(scene, '0 a, 1 b, 2 c');
      await servesBy(scene, client, owner, STANDBY);

      await edit(scene, 'one', fields(BY_ONE));
      await applies(scene);
      await servesBy(scene, client, owner, SERVICE);
      await hears(scene, '0 a, 2 c');
      await scene.nothingMoved(mark);
      assert.deepEqual(ownerChanges(await scene.endClient()), [], 'no other node has answered');
      await scene.audit();
    },
  );
});
