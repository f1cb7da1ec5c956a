// What a node can take of a decided configuration is measured by what it runs, not by the file that it was started with.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { layoutOf } from '../../../lib/config/versions/layout.ts';
import { checksumsOf, digestOf } from '../../../lib/config/versions/checksums.ts';
import { ConfigurationDesk, type DeskHands } from '../../../lib/runtime/configuration-desk.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import { parsed } from '../config/samples.ts';

const of = (interfaces: string, more = ''): ClusterConfig =>
  parsed(
    `cluster: demo\nkey_file: demo.keys\nquorum: majority\nnetworks: [{name: a}, {name: b}]\nnodes:\n` +
      [1, 2, 3].map((id) => `  - {name: node${id}, id: ${id}, interfaces: {${id === 3 ? interfaces : 'a: eth0, b: eth1'}}}\n`).join('') +
      more,
  );

describe('the configuration desk', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-desk-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('an adapter goes, and comes back as another one (R5); what takes a restart is told until it is as it was', () => {
    const desk = new ConfigurationDesk(ConfigurationVersions.open(folder), 'node3', of('a: eth0, b: eth1'));
    const [settled, troubles]: [string[], (string | null)[]] = [[], []];
    desk.begin({
      use: (_: ClusterConfig, trouble: string | null) => troubles.push(trouble),
      links: { settle: (config: ClusterConfig) => settled.push(Object.values(config.nodes[2]?.interfaces ?? {}).join(' ')) },
      commands: { use: () => undefined },
    } as unknown as DeskHands);
    let version = 1;
    const runs = (config: ClusterConfig): void => {
      version++;
      const held = { number: BigInt(version), version, digest: digestOf(checksumsOf(config)), text: config.text };
      desk.activate({ ...held, layout: layoutOf(config, null) }, null);
    };
    for (const interfaces of ['a: eth0', 'a: eth0, b: eth2']) runs(of(interfaces));
    assert.deepEqual(
      [troubles.splice(0), settled.splice(0)],
      [
        [null, null],
        ['eth0', 'eth0 eth2'],
      ],
    );
    runs(of('a: eth0, b: eth2', 'http: {port: 9191}\n'));
    assert.match(troubles[0] ?? '', /http.port differs.*start it anew/);
    runs(of('a: eth0, b: eth2'));
    assert.equal(troubles[1], null);
  });
});
