// A cluster of real daemons on a stage: started by the real command line, each in the namespace of its
// node, watched through its control socket. The demo shows one, the stories test one.
import type { HeartwireEvent } from '../api/event.ts';
import type { ClusterStatus } from '../api/status.ts';
import { nodeFiles, writeClusterFiles, type ClusterFiles, type ClusterPlan } from './cluster-files.ts';
import { Daemon } from './daemon.ts';
import type { Stage } from './stage.ts';
import { nodeName } from './topology.ts';
import { waitFor } from './wait-for.ts';

export interface Formed {
  readonly manager: number;
  readonly standby: number;
  readonly epoch: number;
}

export class StagedCluster {
  readonly stage: Stage;
  readonly plan: ClusterPlan;
  readonly #files: ClusterFiles;
  readonly #daemons = new Map<number, Daemon>();
  readonly #earlier: Daemon[] = [];

  /** Writes its files; starts nothing yet. `as` tells apart several clusters of one name on one stage. */
  constructor(stage: Stage, plan: ClusterPlan, as: string = plan.name) {
    this.stage = stage;
    this.plan = plan;
    this.#files = writeClusterFiles(stage, plan, as);
  }

  /** Starts, or starts anew, the daemon of a node; resolves once it answers on its control socket. */
  async start(node: number): Promise<Daemon> {
    const { nodeArguments, witness } = this.plan;
    const daemon = new Daemon(this.stage, node, this.#files, nodeFiles(this.plan, node), {
      nodeArguments,
      isWitness: node === witness?.node,
    });
    const before = this.#daemons.get(node);
    if (before !== undefined) this.#earlier.push(before);
    this.#daemons.set(node, daemon);
    await daemon.ready();
    return daemon;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.plan.nodes.map((node) => this.start(node)));
  }

  daemon(node: number): Daemon {
    const daemon = this.#daemons.get(node);
    if (daemon === undefined) throw new RangeError(`${nodeName(node)} was never started`);
    return daemon;
  }

  get daemons(): Daemon[] {
    return [...this.#daemons.values()];
  }

  /** Those that were started anew included, in order of their start. */
  get everyDaemon(): Daemon[] {
    return [...this.#earlier, ...this.daemons];
  }

  /** Nodes whose daemon runs. */
  get running(): number[] {
    return this.daemons.filter((daemon) => daemon.running).map((daemon) => daemon.node);
  }

  /** Events that any daemon told, those that have ended included, since `sinceMs` of CLOCK_BOOTTIME. */
  eventsSince(sinceMs: number): HeartwireEvent[] {
    return this.everyDaemon.flatMap((daemon) => daemon.events).filter((event) => event.atMs >= sinceMs);
  }

  async status(node: number): Promise<ClusterStatus> {
    return this.daemon(node).status();
  }

  /**
   * Waits until `nodes` agree on one manager, one standby and one owner of the addresses among them, have the roles
   * that follow, know each other as members and all vote, and standing orders for the next owner are installed at all:
   * so what comes next depends on nobody's pace.
   */
  async formed(nodes: readonly number[] = this.running, deadlineMs = 20_000, signal?: AbortSignal): Promise<Formed> {
    let seen: readonly ClusterStatus[] = [];
    const options = { deadlineMs, seen: () => seen.map(summary).join(' | '), ...(signal === undefined ? {} : { signal }) };
    return waitFor(
      `a cluster of ${nodes.map(nodeName).join(', ')}`,
      async () => {
        seen = await Promise.all(nodes.map((node) => this.status(node)));
        return agreement(seen, nodes);
      },
      options,
    );
  }

  /**
   * Waits until these nodes hear each other on all links that they have, so that any one of them may fail: a cluster has formed
   * as soon as one carries it.
   */
  async allHeard(nodes: readonly number[] = this.running, deadlineMs = 20_000): Promise<void> {
    let silent: readonly string[] = [];
    await waitFor(
      'all to hear all on all networks',
      async () => {
        silent = (await Promise.all(nodes.map((node) => this.status(node)))).flatMap((status) => unheardBy(status, nodes));
        return silent.length === 0;
      },
      { deadlineMs, seen: () => silent.join(', ') },
    );
  }

  /** Nodes whose kernel holds this address (without prefix length), whatever their daemons say. */
  async holders(address: string): Promise<number[]> {
    const held = await Promise.all(
      this.plan.nodes.map(async (node) => {
        const addresses = await this.stage.addresses(nodeName(node));
        return addresses.some((entry) => entry.address === address) ? [node] : [];
      }),
    );
    return held.flat();
  }
}

function agreement(statuses: readonly ClusterStatus[], nodes: readonly number[]): Formed | null {
  const [first] = statuses;
  if (first === undefined || first.manager === null || first.standby === null || first.epoch === null) return null;
  if (!nodes.includes(first.manager) || !nodes.includes(first.standby)) return null;
  const agree = statuses.every(
    (status) =>
      status.manager === first.manager &&
      status.standby === first.standby &&
      status.epoch === first.epoch &&
      status.self.role === roleOf(status) &&
      status.quorum.silentUntilMs === null &&
      status.addresses.every((address) => address.owner === first.manager) &&
      nodes.every((node) => status.nodes.some((other) => other.node === node && other.state === 'member')),
  );
  const manager = statuses.find((status) => status.self.node === first.manager);
  const ready = manager?.quorum.quorate === true && manager.quorum.ordersInstalled === true;
  return agree && ready ? { manager: first.manager, standby: first.standby, epoch: first.epoch } : null;
}

/** Of these nodes, on links that could carry them. */
function unheardBy({ self, links }: ClusterStatus, nodes: readonly number[]): string[] {
  return links
    .filter(({ open, carrier }) => open && carrier)
    .flatMap(({ name, peers }) =>
      peers.filter(({ node, up }) => nodes.includes(node) && !up).map(({ node }) => `${self.name} on ${name}: ${nodeName(node)}`),
    );
}

/** By what it knows of the cluster: its role follows a message later. */
function roleOf({ self, manager, standby }: ClusterStatus): ClusterStatus['self']['role'] {
  if (self.node === manager) return 'manager';
  return self.node === standby ? 'standby' : 'client';
}

/** A status in one line. */
export function summary(status: ClusterStatus): string {
  const nodes = status.nodes.map((node) => `${node.node}:${node.state}/${node.role ?? '?'}`).join(' ');
  const { quorum } = status;
  return (
    `${status.self.name} ${status.self.role} manager=${status.manager ?? '-'} standby=${status.standby ?? '-'} epoch=${status.epoch ?? '-'} ` +
    `quorate=${String(quorum.quorate)} orders=${String(quorum.ordersInstalled)} votes=${String(quorum.silentUntilMs === null)} present=${quorum.present}/${quorum.needed} [${nodes}]`
  );
}
