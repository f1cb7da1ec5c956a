// The demo: three nodes, two networks, one virtual address and a client, all on this machine. The cluster
// forms; the owner loses its power while the client asks; somebody else answers; the owner comes back and
// displaces nobody; the daemon of an owner is killed; a whole network falls silent and nothing moves. Everything
// said is measured.
import type { ClusterStatus } from '../api/status.ts';
import { networkLabel, type ClusterPlan } from './cluster-files.ts';
import { Stage } from './stage.ts';
import { StagedCluster, type Formed } from './staged-cluster.ts';
import type { Teller } from './teller.ts';
import { clientMoments, eventMoments, inOrder, type Moment } from './timeline.ts';
import { networkAddress, nodeName } from './topology.ts';
import { longestGapNs, startServices, VipClient, type Answering } from './vip-client.ts';
import { waitFor } from './wait-for.ts';

export const DEMO_ADDRESS: string = networkAddress(0, 100);
const NODES = [1, 2, 3];
const CLIENT_INTERVAL_US = 1000;
/** For what takes less than a millisecond. */
const QUICK_CLIENT_INTERVAL_US = 100;
/** The client takes fewer unanswered questions in a row for no gap (its default). */
const SILENCE_INTERVALS = 5;
/** How long the client goes on asking after a network has fallen silent. */
const SILENCE_WATCHED_MS = 1500;

export interface DemoResult {
  readonly timing: { readonly intervalMs: number; readonly timeoutMs: number; readonly realTime: boolean };
  readonly formed: Formed & { readonly ms: number };
  readonly failover: { readonly from: number; readonly to: number; readonly gapMs: number; readonly timeline: readonly Moment[] };
  readonly returned: { readonly node: number; readonly role: string; readonly ms: number };
  readonly killed: { readonly from: number; readonly to: number; readonly gapMs: number; readonly orphan: boolean };
  readonly silence: {
    readonly network: string;
    readonly moved: boolean;
    readonly longestGapMs: number;
    readonly asked: number;
    readonly answered: number;
  };
  readonly seconds: number;
}

export async function demo(teller: Teller, signal: AbortSignal): Promise<DemoResult> {
  const startMs = performance.now();
  teller.say(teller.paint('bold', 'Heartwire demo: three nodes, two networks, one virtual address'));
  teller.say('All of it in network namespaces of this machine; nothing outside them is touched.');
  const stage = await teller.during('building two networks', Stage.open({ nodes: NODES.length, networks: 2, hosts: ['client'] }));
  const close = (): void => void stage.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    const play = new Play(teller, stage, signal);
    const formed = await play.form();
    const failover = await play.powerLoss(formed);
    const returned = await play.powerBack(failover.from, failover.to);
    const killed = await play.daemonKilled();
    const silence = await play.silence();
    const seconds = (performance.now() - startMs) / 1000;
    return { timing: play.timing, formed, failover, returned, killed, silence, seconds };
  } catch (error) {
    // What fails because the stage was taken away is no news; that it was called off is.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    await stage.close();
  }
}

/** The acts, one after the other, on one stage. */
class Play {
  readonly timing: DemoResult['timing'];
  readonly #teller: Teller;
  readonly #stage: Stage;
  readonly #signal: AbortSignal;
  readonly #cluster: StagedCluster;

  constructor(teller: Teller, stage: Stage, signal: AbortSignal) {
    this.#teller = teller;
    this.#stage = stage;
    this.#signal = signal;
    const plan = demoPlan(stage.sandbox.privileged);
    this.#cluster = new StagedCluster(stage, plan);
    this.timing = { intervalMs: plan.intervalUs / 1000, timeoutMs: plan.timeoutUs / 1000, realTime: stage.sandbox.privileged };
  }

  async form(): Promise<DemoResult['formed']> {
    const { intervalMs, timeoutMs, realTime } = this.timing;
    this.#teller.step(`The cluster forms: a beat every ${intervalMs} ms, silence after ${timeoutMs} ms`);
    if (!realTime) this.#teller.say('   (not root: ordinary scheduling, so the timing is slower than it could be)');
    const startMs = performance.now();
    await startServices(this.#stage);
    await this.#teller.during('starting three daemons', this.#cluster.startAll());
    const formed = await this.#teller.during('electing a manager, taking in the others', this.#formed(NODES));
    const ms = Math.round(performance.now() - startMs);
    await this.#showView();
    this.#teller.say(`   Formed ${ms} ms after the start of the daemons.`);
    return { ...formed, ms };
  }

  // As when a plug is pulled. The cables first: were the daemon killed before, the living kernel of its
  // node would go on answering for some milliseconds, and the gap would look shorter than it is.
  async powerLoss(formed: Formed): Promise<DemoResult['failover']> {
    const from = formed.manager;
    this.#teller.step(`${nodeName(from)}, the owner, loses its power (both cables dead, the daemon killed with -9)`);
    this.#teller.say(`   A client asks ${DEMO_ADDRESS} every ${CLIENT_INTERVAL_US / 1000} ms meanwhile.`);
    const { to, gapMs, timeline } = await this.#takeover(from, CLIENT_INTERVAL_US, async () => {
      await this.#stage.setPorts(from, false);
      this.#cluster.daemon(from).kill('SIGKILL');
    });
    this.#showTimeline(timeline);
    const figure = this.#teller.paint('bold', milliseconds(gapMs));
    this.#teller.say(`   ${nodeName(to)} has taken over. The client was without an answer for ${figure}.`);
    return { from, to, gapMs, timeline };
  }

  /** A client asks while `fault` is done to the owner, and until somebody else has answered and the rest agree. */
  async #takeover(from: number, intervalUs: number, fault: () => Promise<void>): Promise<Omit<DemoResult['failover'], 'from'>> {
    const client = new VipClient(this.#stage, { to: DEMO_ADDRESS, intervalUs });
    await this.#wait('answers from the owner', () => client.owner === from);
    const rest = NODES.filter((node) => node !== from);
    const markMs = (await this.#cluster.status(rest[0] ?? 0)).nowMs;
    await fault();
    const to = await this.#teller.during(
      'waiting for another owner',
      this.#wait('another owner', () => client.owner !== from && client.owner),
    );
    await this.#teller.during('waiting for the new view', this.#formed(rest));
    await client.stop();
    const change = client.changes.find(({ node, before }) => before === from && node === to);
    const timeline = this.#timeline(client.changes, markMs, [to, ...rest.filter((node) => node !== to)]);
    return { to, gapMs: change?.gapNs == null ? Number.NaN : change.gapNs / 1e6, timeline };
  }

  /** The machine lives on: its guardian takes the address off and tells the others. */
  async daemonKilled(): Promise<DemoResult['killed']> {
    const { manager: from } = await this.#formed(NODES);
    this.#teller.step(`The daemon of ${nodeName(from)}, the owner, is killed with -9; its machine lives on`);
    this.#teller.say(`   A client asks every ${QUICK_CLIENT_INTERVAL_US / 1000} ms.`);
    const { to, gapMs } = await this.#takeover(from, QUICK_CLIENT_INTERVAL_US, async () => {
      this.#cluster.daemon(from).kill('SIGKILL');
      await Promise.resolve();
    });
    const orphan = (await this.#cluster.holders(DEMO_ADDRESS)).includes(from);
    const left = orphan ? `${nodeName(from)} still has the address` : `nothing is left of the address at ${nodeName(from)}`;
    this.#teller.say(
      `   ${nodeName(to)} has taken over after ${this.#teller.paint('bold', milliseconds(gapMs))} without an answer; ${left}${orphan ? '' : ': its guardian took it off'}.`,
    );
    await this.#teller.during('it joins again', this.#cluster.start(from));
    await this.#teller.during('it joins again', this.#formed(NODES));
    return { from, to, gapMs, orphan };
  }

  async powerBack(node: number, owner: number): Promise<DemoResult['returned']> {
    this.#teller.step(`${nodeName(node)} gets its power back`);
    const startMs = performance.now();
    await this.#stage.run(nodeName(node), ['ip', 'address', 'flush', 'dev', 'net0', 'to', `${DEMO_ADDRESS}/32`]); // a reboot forgets it
    await this.#stage.setPorts(node, true);
    await this.#teller.during('it joins again', this.#cluster.start(node));
    const formed = await this.#teller.during('it joins again', this.#formed(NODES));
    const { role } = (await this.#cluster.status(node)).self;
    const ms = Math.round(performance.now() - startMs);
    const stays =
      formed.manager === owner
        ? `${nodeName(owner)} keeps the address: a newcomer displaces nobody`
        : `${nodeName(formed.manager)} has the address now`;
    this.#teller.say(`   It is a ${role} after ${ms} ms; ${stays}.`);
    return { node, role, ms };
  }

  async silence(): Promise<DemoResult['silence']> {
    const network = networkLabel(1);
    this.#teller.step(`Network ${network} falls silent, all of it`);
    const before = await this.#formed(NODES);
    const client = new VipClient(this.#stage, { to: DEMO_ADDRESS, intervalUs: CLIENT_INTERVAL_US });
    await this.#wait('answers from the owner', () => client.owner === before.manager);
    await this.#stage.setNetwork(1, false);
    await this.#teller.during(
      'waiting until all nodes notice',
      this.#wait('all nodes to notice', () => this.#allSeeDown(network)),
    );
    const enoughMs = performance.now() + SILENCE_WATCHED_MS;
    await this.#teller.during(
      'asking on',
      this.#wait('more questions', () => performance.now() >= enoughMs),
    );
    const after = await this.#formed(NODES);
    const summary = await client.stop();
    const moved = after.manager !== before.manager || after.standby !== before.standby || after.epoch !== before.epoch;
    const longestGapMs = longestGapNs(summary) / 1e6;
    await this.#showView();
    const verdict = moved ? this.#teller.paint('red', 'Manager, standby or epoch changed') : this.#teller.paint('green', 'Nothing moved');
    const longest =
      longestGapMs === 0
        ? `no gap over ${(SILENCE_INTERVALS * CLIENT_INTERVAL_US) / 1000} ms`
        : `longest gap ${longestGapMs.toFixed(1)} ms`;
    this.#teller.say(`   ${verdict}: ${summary.sent} questions, ${summary.answered} answers, ${longest}.`);
    return { network, moved, longestGapMs, asked: summary.sent, answered: summary.answered };
  }

  #formed(nodes: readonly number[]): Promise<Formed> {
    return this.#cluster.formed(nodes, 20_000, this.#signal);
  }

  #wait<T>(what: string, look: () => T | null | undefined | false | Promise<T | null | undefined | false>): Promise<T> {
    return waitFor(what, look, { deadlineMs: 15_000, signal: this.#signal });
  }

  async #allSeeDown(network: string): Promise<boolean> {
    const statuses = await Promise.all(NODES.map((node) => this.#cluster.status(node)));
    return statuses.every((status) => linksOn(status, network).every((peer) => !peer.up));
  }

  async #showView(): Promise<void> {
    const statuses = await Promise.all(NODES.map((node) => this.#cluster.status(node)));
    const hears = (status: ClusterStatus, network: string): string => {
      const peers = linksOn(status, network);
      return `${peers.filter((peer) => peer.up).length} of ${peers.length}`;
    };
    const rows = statuses.map((status) => [
      status.self.name,
      status.self.role,
      hears(status, 'a'),
      hears(status, 'b'),
      status.addresses.some((address) => address.owner === status.self.node) ? `owner of ${DEMO_ADDRESS}` : '',
    ]);
    this.#teller.table(['node', 'role', 'hears on a', 'hears on b', 'address'], rows);
  }

  #timeline(changes: readonly Answering[], markMs: number, nodes: readonly number[]): Moment[] {
    const reports = nodes.flatMap((node) => this.#cluster.daemon(node).events.map((event) => ({ reporter: node, event })));
    const all = inOrder(
      eventMoments(reports, nodeName),
      clientMoments(
        changes.filter(({ node, before }) => node !== before),
        nodeName,
      ),
    ).filter(({ atMs }) => atMs >= markMs);
    const zeroMs = all.find(({ what }) => what.startsWith('last answer'))?.atMs ?? markMs;
    return all.map((moment) => ({ ...moment, atMs: moment.atMs - zeroMs }));
  }

  #showTimeline(timeline: readonly Moment[]): void {
    this.#teller.table(
      ['     ms', 'who', 'what'],
      timeline.map(({ atMs, who, what }) => [atMs.toFixed(1).padStart(7), who, what]),
    );
  }
}

function linksOn(status: ClusterStatus, network: string): readonly { readonly up: boolean }[] {
  return status.links.filter((link) => link.network === network).flatMap((link) => link.peers);
}

function demoPlan(privileged: boolean): ClusterPlan {
  // Real-time threads hold 10 ms x 3 also on a busy machine; ordinary ones are given more time.
  const timing = privileged ? { intervalUs: 10_000, timeoutUs: 30_000 } : { intervalUs: 20_000, timeoutUs: 100_000 };
  return { name: 'demo', nodes: NODES, addresses: [`${DEMO_ADDRESS}/24`], priority: privileged ? 50 : 0, ...timing };
}

/** NaN: the address did not go straight from one to the other, so nothing was measured. */
function milliseconds(gapMs: number): string {
  return Number.isNaN(gapMs) ? 'a time that was not measured' : `${gapMs.toFixed(1)} ms`;
}
