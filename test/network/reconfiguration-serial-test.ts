// A serial line that comes and goes while the cluster runs (R5, R10): its two ends open it, hear each other over it, and close it.
import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import type { SandboxProcess } from '../../lib/demo/sandbox-process.ts';
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

/** A cable whose two ends are terminals. */
async function laid({ stage }: Scene, ends: readonly string[]): Promise<SandboxProcess> {
  const cable = stage.spawn('switch', ['socat', ...ends.map((end) => `PTY,raw,echo=0,mode=600,link=${end}`)]);
  const isThere = (end: string): boolean => lstatSync(stage.sandbox.path(end), { throwIfNoEntry: false }) !== undefined;
  await waitFor(`a cable between ${ends.join(' and ')}`, () => ends.every(isThere), { deadlineMs: 20_000 });
  return cable;
}

describe('serial lines that come and go (R5, R10)', () => {
  story(
    'one comes that is not there, or leads nowhere: refused; both ends hear each other over it; it goes',
    { timeoutMs: 120_000, fields: { discovery: { unmanaged_period: '400ms' }, ...fields([A, B]) } },
    async (scene) => {
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      const line = { between: [manager, standby].map(nodeName), devices: [manager, standby].map(tty), baud: 921_600 };
      await edit(scene, 'line', { serial: [line] });
      const refused = await config(scene, manager, 'apply', '--yes');
      assert.match(refused.stderr, /has no device .*tty\d, which the new configuration names for its serial line/);

      const nowhere = await Promise.all([manager, standby].map((end) => laid(scene, [tty(end), `${tty(end)}-loose`])));
      const unheard = await config(scene, standby, 'apply', '--yes');
      assert.match(unheard.stderr, /node \d is not heard on the new link serial .*tty\d/);
      for (const cable of nowhere) await cable.end();

      await laid(scene, [manager, standby].map(tty));
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
