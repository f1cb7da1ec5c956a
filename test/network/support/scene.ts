// A story's scene: a stage with a formed cluster and, if wanted, a client that asks its address all the
// time. `story()` opens it, plays, looks whether everything that must always hold still holds (audit), and
// takes it away. A story that fails says what happened last (story-report.ts).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { HeartwireEvent } from '../../../lib/api/event.ts';
import type { ClusterPlan } from '../../../lib/demo/cluster-files.ts';
import { Stage } from '../../../lib/demo/stage.ts';
import { StagedCluster, type Formed } from '../../../lib/demo/staged-cluster.ts';
import { networkAddress, nodeName } from '../../../lib/demo/topology.ts';
import { startServices, VipClient, type ClientSummary } from '../../../lib/demo/vip-client.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import { CLEANING_UP_MS, clusterReport, within } from './story-report.ts';

/** Quick enough for a story, slow enough for two busy cores: failure after 200 ms. */
export const QUICK = { intervalUs: 20_000, timeoutUs: 200_000, fields: { discovery: { unmanaged_period: '400ms' } } } as const;
/** For stories of a client that must lose no packet: no lease is over because a busy machine stood still for a moment. */
export const CALM = { intervalUs: 50_000, timeoutUs: 1_000_000 } as const;
/** The defaults of 002: failure after a second. */
export const DEFAULTS = { intervalUs: 100_000, timeoutUs: 1_000_000, fields: {} } as const;

// Where root runs the stories, a busy machine is to delay neither the beats nor the measure of a gap.
const BEAT_PRIORITY = process.getuid?.() === 0 ? 50 : 0;
const RUNS_TOLD_MAX = 12;
const MEASURING_PRIORITY = process.getuid?.() === 0 ? 30 : 0;

const LIMIT_MS = 120_000;

/** For a state to come: a machine that is several times slower is no failure. */
export const DEADLINE_MS = 20_000;

export const ADDRESS: string = networkAddress(0, 100);

export interface SceneOptions extends Partial<ClusterPlan> {
  readonly stageNodes?: number;
  readonly hosts?: readonly string[];
  /** Of the stage; default: 2. */
  readonly networks?: number;
  readonly timeoutMs?: number;
  /** Before any daemon starts. */
  readonly prepare?: (stage: Stage, cluster: StagedCluster) => Promise<void>;
  /** Started and formed before the story begins; default: all. */
  readonly startNodes?: readonly number[];
}

/** Waits until this node hears nobody on a network, nor anybody it there: a cable that is out for a moment is noticed by nobody. */
export async function unheardOn(cluster: StagedCluster, node: number, network: string): Promise<void> {
  const heard = async (): Promise<string[]> => {
    const statuses = await Promise.all(cluster.running.map((each) => cluster.status(each)));
    return statuses.flatMap(({ self, links }) =>
      links
        .filter((link) => link.network === network)
        .flatMap(({ peers }) => peers.filter((peer) => peer.up && (peer.node === node || self.node === node)))
        .map((peer) => `${nodeName(peer.node)} by ${self.name}`),
    );
  };
  await waitFor(`nobody to hear ${nodeName(node)} on ${network}`, async () => (await heard()).length === 0, {
    deadlineMs: DEADLINE_MS,
    seen: async () => (await heard()).join(', '),
  });
}

export class Scene {
  readonly stage: Stage;
  readonly cluster: StagedCluster;
  /** How the cluster was at the start. */
  formed: Formed;
  #client: VipClient | null = null;

  private constructor(stage: Stage, cluster: StagedCluster, formed: Formed) {
    this.stage = stage;
    this.cluster = cluster;
    this.formed = formed;
  }

  static async open(title: string, options: SceneOptions): Promise<Scene> {
    const count = options.stageNodes ?? options.nodes?.length ?? 3;
    const stage = await Stage.open({ nodes: count, networks: options.networks ?? 2, hosts: ['client', ...(options.hosts ?? [])] });
    const cluster = new StagedCluster(stage, plan(options, count));
    try {
      await startServices(stage, MEASURING_PRIORITY);
      await options.prepare?.(stage, cluster);
      const starting = options.startNodes ?? cluster.plan.nodes;
      await Promise.all(starting.map((node) => cluster.start(node)));
      await cluster.formed(starting);
      await cluster.allHeard(starting);
      return new Scene(stage, cluster, await cluster.formed(starting));
    } catch (error) {
      const explained = await clusterReport(title, cluster, error);
      await stage.close();
      throw explained;
    }
  }

  /** Nodes other than the manager and the standby that the scene began with. */
  get others(): number[] {
    return this.cluster.plan.nodes.filter((node) => node !== this.formed.manager && node !== this.formed.standby);
  }

  /** A client that asks every millisecond; resolves once the owner answers it. */
  async client(address: string = ADDRESS): Promise<VipClient> {
    return this.clientOf(address, this.formed.manager);
  }

  /** The same for an address that `owner` holds. */
  async clientOf(address: string, owner: number): Promise<VipClient> {
    const client = new VipClient(this.stage, { to: address, intervalUs: 1000, priority: MEASURING_PRIORITY });
    this.#client = client;
    await waitFor('an answer from the owner', () => client.owner === owner, {
      deadlineMs: 20_000,
      seen: () => `answers from ${String(client.owner)}`,
    });
    return client;
  }

  /** Waits until another node than `before` answers the client; returns it. */
  async nextOwner(client: VipClient, before: number, deadlineMs: number = DEADLINE_MS): Promise<number> {
    return waitFor(`an answer from another node than ${nodeName(before)}`, () => client.owner !== before && client.owner, { deadlineMs });
  }

  /** Ends the client and returns what it saw. */
  async endClient(): Promise<ClientSummary> {
    assert.ok(this.#client, 'the scene has a client');
    const summary = await this.#client.stop();
    this.#client = null;
    const runs = summary.runs.map(({ node, answers, firstNs, lastNs, saidNs }) => {
      const [first, last, said] = [firstNs, lastNs, saidNs].map((ns) => (ns / 1e6).toFixed(2));
      return `node ${node}: ${answers} from ${first} to ${last} ms (given at ${said})`;
    });
    this.stage.note(`the client saw ${runs.slice(0, RUNS_TOLD_MAX).join('; ')}`);
    return summary;
  }

  /**
   * What must hold whenever `nodes` can talk to each other and nothing changes any more: one view, one
   * holder of each address in the kernels of all of them, and the same one in the eyes of a client.
   */
  async audit(nodes: readonly number[] = this.cluster.running, addresses: readonly string[] = [ADDRESS]): Promise<Formed> {
    const formed = await this.cluster.formed(nodes);
    for (const address of addresses) {
      let holders: number[] = [];
      const look = async (): Promise<boolean> => {
        holders = (await this.cluster.holders(address)).filter((node) => nodes.includes(node));
        return String(holders) === String(formed.manager);
      };
      await waitFor(`${address} at ${nodeName(formed.manager)} only`, look, { deadlineMs: DEADLINE_MS, seen: () => holders.join(', ') });
    }
    const client = this.#client;
    if (client !== null) {
      await waitFor(`answers from ${nodeName(formed.manager)}`, () => client.owner === formed.manager, { deadlineMs: 20_000 });
    }
    return formed;
  }

  /** Nobody was taken for failed, and no two managers met, since `mark`: all that happened was planned. */
  nobodyFailed(mark: number): void {
    const alarms = this.cluster.eventsSince(mark).filter((event) => ALARMS.has(event.event));
    assert.deepEqual(
      alarms.map(({ event, node, details }) => ({ event, node, details })),
      [],
    );
  }

  /** `next` was the standby and is the manager: nobody sought a manager, so nobody waited for a ballot. */
  async takenOverByOrders(next: number): Promise<void> {
    const change = await this.told(0, next, 'role-changed', ({ details }) => details['to'] === 'manager');
    assert.equal(change.details['from'], 'standby');
  }

  /** Waits until the daemon of `by` has told this since `mark`: what a status or a kernel shows may be told later. */
  async told(
    mark: number,
    by: number,
    name: HeartwireEvent['event'],
    accept: (event: HeartwireEvent) => boolean = (): boolean => true,
  ): Promise<HeartwireEvent> {
    const find = (): HeartwireEvent | undefined =>
      this.cluster.daemon(by).events.findLast((event) => event.event === name && event.atMs >= mark && accept(event));
    return waitFor(`${nodeName(by)} to tell ${name}`, find, { deadlineMs: DEADLINE_MS });
  }

  /** Waits until the address is at this node only, by the kernels of all: an old owner may answer nobody, and let go a moment later. */
  async onlyHolder(node: number, address: string = ADDRESS): Promise<void> {
    let holders: number[] = [];
    const look = async (): Promise<boolean> => String((holders = await this.cluster.holders(address))) === String(node);
    await waitFor(`${address} at ${nodeName(node)} only`, look, { deadlineMs: DEADLINE_MS, seen: () => `it is at ${holders.join(', ')}` });
  }

  /** Same manager and standby, and no owner has let go since `mark`. Its epoch may have risen: in place, for the sake of a voter. */
  async stayed(mark: number): Promise<void> {
    const { manager, standby } = await this.audit();
    assert.deepEqual([manager, standby], [this.formed.manager, this.formed.standby]);
    const released = this.cluster.eventsSince(mark).filter(({ event }) => event === 'address-released');
    assert.deepEqual(released, []);
  }

  /** Nothing moved: same manager, standby and epoch, and no node changed its role since `mark`. */
  async nothingMoved(mark: number): Promise<void> {
    assert.deepEqual(await this.cluster.formed(), this.formed);
    const changes = this.cluster.eventsSince(mark).filter((event) => MOVES.has(event.event));
    assert.deepEqual(changes, []);
  }

  /** The clock of events, now. */
  async now(): Promise<number> {
    return (await this.cluster.status(this.formed.manager)).nowMs;
  }

  async close(): Promise<void> {
    const pids = this.cluster.daemons.flatMap((daemon) => daemon.pid ?? []);
    await this.stage.close();
    await waitFor('the end of every daemon', () => !pids.some((pid) => existsSync(`/proc/${pid}/exe`)), { deadlineMs: 20_000 });
  }
}

const ALARMS: ReadonlySet<string> = new Set(['client-lost', 'manager-lost', 'standby-lost', 'split-brain', 'quorum-lost', 'unmanaged']);

const MOVES: ReadonlySet<string> = new Set([
  'role-changed',
  'new-manager',
  'new-standby',
  'manager-lost',
  'standby-lost',
  'client-lost',
  'unmanaged',
  'quorum-lost',
  'address-acquired',
  'address-released',
]);

/** Declares a mocha test that plays on a fresh scene, and is audited at its end. */
export function story(title: string, options: SceneOptions, play: (scene: Scene) => Promise<void>): void {
  const limitMs = Math.max(options.timeoutMs ?? 0, LIMIT_MS);
  it(title, async function () {
    this.timeout(limitMs + CLEANING_UP_MS);
    const fullTitle = this.test?.fullTitle() ?? title;
    const scene = await Scene.open(fullTitle, options);
    try {
      await within(limitMs, play(scene));
    } catch (error) {
      throw await clusterReport(fullTitle, scene.cluster, error);
    } finally {
      await scene.close();
    }
  });
}

export function plan(options: Partial<ClusterPlan>, count: number): ClusterPlan {
  return {
    name: 'story',
    nodes: Array.from({ length: count }, (_, index) => index + 1),
    addresses: [`${ADDRESS}/24`],
    priority: BEAT_PRIORITY,
    ...QUICK,
    ...options,
    fields: { ...(options.fields === DEFAULTS.fields ? {} : QUICK.fields), ...options.fields },
  };
}
