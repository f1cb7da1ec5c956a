// A running daemon, as another process on the same machine talks to it: the same calls as Cluster, over
// the control socket.
import { ControlClient } from '../control/client.ts';
import type { Request } from '../control/requests.ts';
import type { Facts } from '../protocol/types.ts';
import { DaemonParameters } from './daemon-parameters.ts';
import type { HeartwireEvent } from './event.ts';
import { type ConfigurationCalls, daemonConfigurations } from './configurations.ts';
import type { EventQueue } from './event-queue.ts';
import type { PauseOptions } from './pause.ts';
import type { NodeReference } from './node-reference.ts';
import type { ProgressReport, Timings } from '../runtime/types.ts';
import type { ScriptQueueStatus } from './scripts.ts';
import type { ClusterStatus } from './status.ts';

/**
 * Connects to a daemon on this machine.
 * @param socket path, such as /run/heartwire/demo.sock
 * @throws HeartwireError HW_NO_DAEMON, HW_FORBIDDEN
 */
export async function connect(socket: string): Promise<Daemon> {
  return new Daemon(socket, await ControlClient.open(socket));
}

/** All calls throw the HeartwireError that the daemon gives, HW_FORBIDDEN, or HW_CONNECTION_LOST. */
export class Daemon {
  readonly socket: string;
  /** See Cluster.configurations. */
  readonly configurations: ConfigurationCalls;
  /** See Cluster.parameters. */
  readonly parameters: DaemonParameters;
  readonly #client: ControlClient;

  /** Use connect(). */
  constructor(socket: string, client: ControlClient) {
    this.socket = socket;
    this.#client = client;
    this.configurations = daemonConfigurations(client);
    this.parameters = new DaemonParameters((request) => client.request(request));
  }

  async status(): Promise<ClusterStatus> {
    return (await this.#client.request({ command: 'status' })) as ClusterStatus;
  }

  /** See Cluster.timings(). */
  async timings(): Promise<Timings> {
    return (await this.#client.request({ command: 'timings' })) as Timings;
  }

  /** What waits to be run on events, as Cluster.scripts.status() gives it. */
  async scripts(): Promise<ScriptQueueStatus> {
    return (await this.#client.request({ command: 'scripts' })) as ScriptQueueStatus;
  }

  /** See Cluster.progress(). */
  async progress(options: { readonly node?: NodeReference } = {}): Promise<ProgressReport> {
    return (await this.#client.request({ command: 'progress', node: options.node ?? null })) as ProgressReport;
  }

  /** See Cluster.publish(). */
  async publish(name: string, facts: Facts = {}): Promise<void> {
    await this.#client.request({ command: 'publish', name, facts });
  }

  /** See Cluster.offline(). */
  async offline(): Promise<void> {
    await this.#client.request({ command: 'offline' });
  }

  /** See Cluster.online(). */
  async online(): Promise<void> {
    await this.#client.request({ command: 'online' });
  }

  /** See Cluster.pause(). */
  async pause(options: PauseOptions = {}): Promise<void> {
    await this.#client.request({ command: 'pause', ...options });
  }

  /** See Cluster.resume(). */
  async resume(): Promise<void> {
    await this.#client.request({ command: 'resume' });
  }

  /** See Cluster.move(). */
  async move(options: { readonly to?: NodeReference } = {}): Promise<void> {
    await this.#client.request({ command: 'move', to: options.to ?? null });
  }

  /** See Cluster.moveGroup(). */
  async moveGroup(group: string, options: { readonly to?: NodeReference } = {}): Promise<void> {
    await this.#client.request({ command: 'moveGroup', group, to: options.to ?? null });
  }

  /** See Cluster.setStandby(). */
  async setStandby(node: NodeReference): Promise<void> {
    await this.#client.request({ command: 'standby', node });
  }

  /** See Cluster.changeActiveNetwork(). */
  async changeActiveNetwork(network: string): Promise<void> {
    await this.#client.request({ command: 'network', network });
  }

  /** See Cluster.addVirtualAddress(). */
  async addVirtualAddress(address: string, network = 'active'): Promise<void> {
    await this.#client.request({ command: 'addAddress', address, network });
  }

  /** See Cluster.deleteVirtualAddress(). */
  async deleteVirtualAddress(address: string): Promise<void> {
    await this.#client.request({ command: 'deleteAddress', address });
  }

  /** Up to `count` (1000) past events, oldest first. */
  async recentEvents(count = 1000): Promise<HeartwireEvent[]> {
    const events: HeartwireEvent[] = [];
    for await (const event of await this.#stream<HeartwireEvent>({ command: 'events', recent: count, follow: false })) events.push(event);
    return events;
  }

  /** Up to `recent` (0) past events, then all that come, until `signal` aborts; throws HW_CONNECTION_LOST when the daemon ends. */
  events(options: { readonly signal?: AbortSignal; readonly recent?: number } = {}): Promise<EventQueue<HeartwireEvent>> {
    return this.#stream({ command: 'events', recent: options.recent ?? 0, follow: true }, options.signal);
  }

  /** The status now, at every event, and every `intervalMs` (100 to 3,600,000; default 1000). */
  watch(options: { readonly signal?: AbortSignal; readonly intervalMs?: number } = {}): Promise<EventQueue<ClusterStatus>> {
    return this.#stream({ command: 'watch', intervalMs: options.intervalMs ?? 1000 }, options.signal);
  }

  close(): void {
    this.#client.close();
  }

  /** On a connection of its own, so that leaving the loop ends the stream at the daemon too. */
  async #stream<Item>(request: Request, signal?: AbortSignal): Promise<EventQueue<Item>> {
    const client = await ControlClient.open(this.socket);
    return client.stream(request, signal) as EventQueue<Item>;
  }
}
