// A joined cluster on the fake engine, with its control socket in a folder of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, type JoinOptions } from '../../../lib/api/cluster.ts';
import { parseConfig } from '../../../lib/config/load.ts';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import type { Logger } from '../../../lib/runtime/types.ts';
import { FakeEngine, type FakeRuntime } from './fake-runtime.ts';

export const CONFIG_TEXT = `
cluster: demo
authentication: none-insecure
networks: [{name: a}, {name: b}]
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth0, b: eth1}}
  - {name: node3, id: 3, interfaces: {a: eth0, b: eth1}}
addresses: [{address: 10.77.0.100/24, network: a}]
`;

export class FakeCluster {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'heartwire-unit-'));
  readonly socket: string = join(this.folder, 'control.sock');
  readonly engine: FakeEngine = new FakeEngine();
  /** "level message" */
  readonly logged: string[] = [];
  cluster!: Cluster;

  static config(): ClusterConfig {
    return parseConfig(CONFIG_TEXT, 'unit.yaml', '/').config;
  }

  /** @param prepare changes the engine before it is used */
  static async join(options: JoinOptions = {}, prepare: (engine: FakeEngine) => void = () => {}): Promise<FakeCluster> {
    const fake = new FakeCluster();
    prepare(fake.engine);
    fake.cluster = await Cluster.joinWith(fake.engine, FakeCluster.config(), {
      node: 'node1',
      stateDirectory: fake.folder,
      control: fake.socket,
      logger: fake.logger,
      ...options,
    });
    return fake;
  }

  get runtime(): FakeRuntime {
    return this.engine.joined;
  }

  get logger(): Logger {
    const note = (level: string) => (_fields: object, message: string) => void this.logged.push(`${level} ${message}`);
    return { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  }

  async close(): Promise<void> {
    await this.cluster.leave();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
