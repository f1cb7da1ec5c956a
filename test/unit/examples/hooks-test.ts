// The example hooks (V1), run as they are, with a stand-in for the command that notes what it was told.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MetadataService } from './metadata-service.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';

const hooks = fileURLToPath(new URL('../../../../examples/hooks/', import.meta.url));

describe('example hooks (V1)', () => {
  let folder = '';
  let command = '';
  let cloud: MetadataService;
  let end: () => Promise<unknown> = () => Promise.resolve();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-hooks-'));
    command = join(folder, 'heartwire');
    // Refuses once where it is told to.
    writeFileSync(command, `#!/bin/sh\necho "$*" >> ${folder}/said\nif [ -e ${folder}/refuse ]; then rm ${folder}/refuse; exit 5; fi\n`);
    chmodSync(command, 0o755);
    cloud = await MetadataService.open();
  });
  afterEach(async () => {
    await end();
    await cloud.close();
    rmSync(folder, { recursive: true });
  });

  const said = (): string[] => {
    const file = join(folder, 'said');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const hears = (...words: readonly string[]): Promise<unknown> =>
    waitFor(words.join(', '), () => said().join() === words.join(), { deadlineMs: 15_000 });

  function run(name: string, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<number | null> {
    const child = spawn(join(hooks, name), words, { env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'ignore'] });
    return new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  }

  /** Until the test has ended. */
  function watch(name: string): void {
    const words = [join(hooks, 'cloud-maintenance.mjs'), name, '--metadata', cloud.url, '--every', '0.02'];
    const child = spawn(process.execPath, words, { env: { ...process.env, HEARTWIRE: command }, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    end = () => (child.kill('SIGKILL'), ended);
  }

  it('libvirt: announces a migration, and its end; one that the cluster does not expect is refused', async () => {
    const guest = { HEARTWIRE_GUEST: command };
    assert.equal(await run('libvirt-qemu', ['db1', 'migrate', 'begin', '-'], guest), 0);
    assert.equal(await run('libvirt-qemu', ['db1', 'started', 'begin', '-'], guest), 0);
    assert.equal(await run('libvirt-qemu', ['db1', 'release', 'end', '-'], guest), 0);
    assert.deepEqual(said(), ['db1 pause --reason migration-out', 'db1 resume']);
    for (const [optional, code] of [
      ['no', 1],
      ['yes', 0],
    ] as const) {
      writeFileSync(join(folder, 'refuse'), '');
      const words = { ...guest, HEARTWIRE_OPTIONAL: optional, HEARTWIRE_FOR: '2m' };
      assert.equal(await run('libvirt-qemu', ['db1', 'migrate', 'begin', '-'], words), code);
      assert.equal(said().at(-1), 'db1 pause --reason migration-out --for 2m');
    }
  });

  it('QEMU: a snapshot that freezes the file systems', async () => {
    assert.equal(await run('qemu-fsfreeze', ['freeze'], { HEARTWIRE: command }), 0);
    assert.equal(await run('qemu-fsfreeze', ['thaw'], { HEARTWIRE: command }), 0);
    assert.deepEqual(said(), ['pause --reason storage-link', 'resume']);
  });

  it('Compute Engine: waits for a change; says it again where it was refused', async () => {
    writeFileSync(join(folder, 'refuse'), '');
    cloud.set('NONE');
    watch('gcp');
    await waitFor('a question that waits', () => cloud.waiting > 0, { deadlineMs: 15_000 });
    assert.deepEqual(said(), []);
    cloud.set('MIGRATE_ON_HOST_MAINTENANCE');
    await hears('pause --reason migration-out', 'pause --reason migration-out');
    cloud.set('NONE');
    await hears('pause --reason migration-out', 'pause --reason migration-out', 'resume');
  });

  it('Azure: a freeze of this machine is approved once the cluster expects it; others are not its business', async () => {
    const freeze = { EventId: 'f1', EventType: 'Freeze', EventStatus: 'Scheduled', Resources: ['vm1'], DurationInSeconds: 9 };
    cloud.set({
      Events: [
        { ...freeze, EventId: 'f0', Resources: ['vm2'] },
        { ...freeze, EventId: 'r1', EventType: 'Reboot' },
      ],
    });
    watch('azure');
    await waitFor('some looks', () => cloud.looks >= 3, { deadlineMs: 15_000 });
    assert.deepEqual(said(), []);
    cloud.set({ Events: [freeze] });
    await waitFor('the approval', () => cloud.approved.length > 0, { deadlineMs: 15_000 });
    assert.deepEqual([said(), cloud.approved], [['pause --reason migration-out --for 14s'], ['f1']]);
    cloud.set({ Events: [{ ...freeze, EventStatus: 'Started' }] });
    cloud.set({ Events: [] });
    await hears('pause --reason migration-out --for 14s', 'resume');
  });

  it('EC2: a window of maintenance, half an hour of it at most', async () => {
    const at = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toUTCString();
    const event = { Code: 'system-maintenance', EventId: 'e1', State: 'active', NotBefore: at(-1), NotAfter: at(120) };
    cloud.set([
      { ...event, NotBefore: at(60) },
      { ...event, Code: 'instance-reboot' },
      { ...event, State: 'completed' },
    ]);
    watch('aws');
    await waitFor('some looks', () => cloud.looks >= 3, { deadlineMs: 15_000 });
    assert.deepEqual(said(), []);
    cloud.set([event]);
    await hears('pause --reason migration-out --for 1800s');
    cloud.set(null);
    await hears('pause --reason migration-out --for 1800s', 'resume');
  });
});
