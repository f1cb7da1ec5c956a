// A serial line that comes and goes while the cluster runs (R5, R10): its two ends open it, hear each other over it, and close it.
import assert from 'node:assert/strict';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { A, applies, B, config, edit, fields } from './support/network-changes.ts';
import { type Scene, story } from './support/scene.ts';

const tty = (node: number): string => `${SANDBOX_DIRECTORY}/tty${node}`;

/** Which others a node hears over a serial line. */
async function heardOnLine({ cluster }: Scene, node: number): Promise<string> {
  const { links } = await cluster.status(node);
  const lines = links.filter(({ kind }) => kind === 'serial').flatMap(({ peers }) => peers.filter(({ up }) => up));
  return lines.map(({ node: peer }) => peer).join(' ');
}

describe('serial lines that come and go (R5, R10)', () => {
  story(
    'one comes that is not there: refused; it is there: both ends hear each other over it; it goes',
    { timeoutMs: 120_000, fields: { discovery: { unmanaged_period: '400ms' }, ...fields([A, B]) } },
    async (scene) => {
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      const line = { between: [manager, standby].map(nodeName), devices: [manager, standby].map(tty), baud: 921_600 };
      await edit(scene, 'line', { serial: [line] });
      const refused = await config(scene, manager, 'apply', '--yes');
      assert.match(refused.stderr, /has no device .*tty\d, which the new configuration names for its serial line/);

      scene.stage.spawn('switch', ['socat', ...[manager, standby].map((end) => `PTY,raw,echo=0,mode=600,link=${tty(end)}`)]);
      const ends = (): Promise<string> => scene.stage.run('switch', ['sh', '-c', `ls ${tty(manager)} ${tty(standby)} 2>/dev/null | wc -l`]);
      await waitFor('both ends of the line', async () => (await ends()).trim() === '2', { deadlineMs: 20_000 });
      await applies(scene);
      assert.equal(await heardOnLine(scene, standby), String(manager), 'who asked knows that it is done');
      await waitFor('beats the other way', async () => (await heardOnLine(scene, manager)) === String(standby), { deadlineMs: 20_000 });

      await edit(scene, 'none', { serial: [] });
      await applies(scene);
      await waitFor('no line', async () => (await scene.cluster.status(standby)).links.every(({ kind }) => kind !== 'serial'), {
        deadlineMs: 20_000,
      });
      await scene.nothingMoved(mark);
      scene.nobodyFailed(mark);
      await scene.audit();
    },
  );
});
