// Networks and adapters come and go while the cluster runs (R5, R7), on real nodes: a client of an address on a network that is
// not touched loses no packet, and a change that cannot be made everywhere is made nowhere.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { A, applies, B, C, config, edit, fields, heardOn, hears, standing, stands } from './support/network-changes.ts';
import { CALM, story } from './support/scene.ts';

const TWO = { ...CALM, networks: 3, timeoutMs: 120_000, fields: { discovery: { unmanaged_period: '400ms' }, ...fields([A, B]) } };

describe('networks that come and go (R5, R7)', () => {
  story(
    'a third one comes, the second one goes, a node starts anew; a client on the first loses no packet (R5, R7)',
    TWO,
    async (scene) => {
      const { cluster, formed } = scene;
      await hears(scene, '0 a, 1 b');
      const client = await scene.client();
      const mark = await scene.now();
      await edit(scene, 'three', fields([A, B, C]));
      await applies(scene);
      assert.equal(await heardOn(scene, formed.standby), '0 a, 1 b, 2 c', 'active only once beats are answered on it');
      await edit(scene, 'without-link', fields([A, C]));
      const moved = await config(scene, formed.manager, 'apply', '--yes');
      assert.match(moved.stderr, /network c would have the link 1 instead of 2 \(`link: 2` at it keeps it\)/);
      await edit(scene, 'other-two', fields([A, { ...C, link: 2 }]));
      await applies(scene);
      await hears(scene, '0 a, 2 c');
      await stands(scene, 'alike');
      await scene.nothingMoved(mark);
      scene.nobodyFailed(mark);
      assert.equal(client.owner, formed.manager);
      const { sent, answered } = await scene.endClient();
      assert.equal(sent - answered, 0, 'no packet lost');
      const [other = 0] = scene.others;
      await cluster.daemon(other).end('SIGKILL');
      await cluster.start(other);
      await cluster.formed();
      await hears(scene, '0 a, 2 c');
      await scene.audit();
    },
  );

  story('an adapter that one node does not have: refused with node and adapter named, nothing changed (R5, R7)', TWO, async (scene) => {
    const [other = 0] = scene.others;
    await hears(scene, '0 a, 1 b');
    const before = standing(scene);
    const mark = await scene.now();
    await edit(scene, 'wrong', fields([A, B, C], { [other]: { c: 'net9' } }));
    const refused = await config(scene, scene.formed.manager, 'apply', '--yes');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, new RegExp(`node${other} has no interface net9, which the new configuration names for its adapter on c`));
    await stands(scene, before);
    await hears(scene, '0 a, 1 b');
    await scene.nothingMoved(mark);
    await scene.audit();
  });

  story('a network that goes and comes with `multicast` is heard so; one that stays cannot change it (R5, P2)', TWO, async (scene) => {
    const { cluster, formed } = scene;
    const withMulticast = fields([A, { ...B, multicast: true }]);
    await hears(scene, '0 a, 1 b');
    const mark = await scene.now();
    await edit(scene, 'at-once', withMulticast);
    const refused = await config(scene, formed.manager, 'apply', '--yes');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /network b differs, too \(take it out and apply, then add it as it is to be\)/);
    await hears(scene, '0 a, 1 b');
    await edit(scene, 'without', fields([A]));
    await applies(scene);
    await hears(scene, '0 a');
    await edit(scene, 'with', withMulticast);
    await applies(scene);
    await hears(scene, '0 a, 1 b');
    for (const node of cluster.plan.nodes) {
      const heard = async (): Promise<string> => {
        const { links } = await cluster.status(node);
        return links.map(({ network, peers }) => `${network} ${peers.map(({ multicast }) => String(multicast)).join(' ')}`).join(', ');
      };
      await waitFor(`who hears node ${node} by multicast`, async () => (await heard()) === 'a null null, b true true', {
        deadlineMs: 40_000,
        seen: heard,
      });
    }
    await scene.nothingMoved(mark);
    scene.nobodyFailed(mark);
    await scene.audit();
  });

  story('a network whose wire is dead: undone everywhere, and tried again when it lives (R5, R7)', TWO, async (scene) => {
    const [other = 0] = scene.others;
    await hears(scene, '0 a, 1 b');
    const before = standing(scene);
    const mark = await scene.now();
    await scene.stage.fault({ kind: 'black-hole', node: other, networks: [2] });
    await edit(scene, 'three', fields([A, B, C]));
    const aborted = await config(scene, scene.formed.manager, 'apply', '--yes');
    assert.match(aborted.stderr, new RegExp(`node ${other} is not heard on the new link c udp net2|is not heard on the new link`));
    await stands(scene, before);
    for (const node of scene.cluster.plan.nodes) {
      const isUndone = async (): Promise<boolean> =>
        String((await scene.cluster.status(node)).links.map(({ network }) => network)) === 'a,b';
      await waitFor(`node ${node} without the new network`, isUndone, { deadlineMs: 20_000 });
    }
    await scene.stage.heal();
    await applies(scene);
    await hears(scene, '0 a, 1 b, 2 c');
    await scene.nothingMoved(mark);
    scene.nobodyFailed(mark);
    await scene.audit();
  });

  story(
    'the manager dies at steps of the change, and starts anew: the same links everywhere, and all are heard (R5, R7)',
    { ...TWO, nodeArguments: ['--import', new URL('./fixtures/die-at-step.js', import.meta.url).href], timeoutMs: 240_000 },
    async (scene) => {
      const { cluster, stage } = scene;
      const kinds = [fields([A, B, C]), fields([A, { ...C, link: 2 }])];
      for (const [index, step] of ['after 2', 'before 3', 'after 3', 'before activate'].entries()) {
        scene.formed = await cluster.formed();
        const { manager, standby } = scene.formed;
        const wanted = (await cluster.status(manager)).links.length === 3 ? 1 : 0; // another one than runs now
        await edit(scene, `step${index}`, kinds[wanted] ?? fields([]));
        writeFileSync(stage.sandbox.path(`${nodeFiles(cluster.plan, manager).state}/../die`), step);
        const { code, stderr } = await config(scene, standby, 'apply', '--yes');
        assert.ok(code === 0 || code === 5, `${step}: ${code} ${stderr}`);
        await waitFor(`the death of node ${manager} at ${step}`, () => !cluster.daemon(manager).running, { deadlineMs: 20_000 });
        await cluster.start(manager);
        scene.formed = await cluster.formed();
        await stands(scene, 'alike');
        const { links } = await cluster.status(scene.formed.manager);
        await hears(scene, links.map(({ link, network }) => `${link} ${network}`).join(', '));
        if (code === 0) assert.equal(links.length, wanted === 0 ? 3 : 2, `${step}: said to be done`);
        await scene.audit();
      }
    },
  );
});
