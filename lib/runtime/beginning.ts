// What comes before the first event: the engine gets all that it must know, and what went wrong gets its code.
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import { nicsOf } from '../config/protocol-config.ts';
import { HeartwireError } from '../errors.ts';
import type { NativeAddon, NativeNode, NativeStartReport } from '../native.ts';
import { engineQuorumOf } from '../protocol/quorum.ts';
import { MANAGER_SEAT, type ProtocolConfig } from '../protocol/types.ts';
import { type CommandHands, ResourceCommands } from './commands/resource-commands.ts';
import type { EffectHands } from './effects.ts';
import type { Logger } from './types.ts';
import type { Journal } from './journal.ts';
import type { Places } from './places.ts';
import type { StepHands } from './resource-steps.ts';
import type { Running } from './running.ts';
import type { Statistics } from './statistics.ts';
import type { Troubles } from './troubles.ts';

/** All that the engine must know before the first order reaches it. */
export function configure(node: NativeNode, { registers, places, parameters }: EffectHands, protocol: ProtocolConfig, nowNs: bigint): void {
  const third = protocol.quorum === 'disk' ? 'disk' : (protocol.witness ?? 0);
  node.setVoters(protocol.voterSet, engineQuorumOf(protocol), protocol.voters, third);
  registers.begin(nowNs);
  const active = protocol.networks[0] ?? '';
  places.set(MANAGER_SEAT, protocol.virtualAddresses, active);
  for (const { seat, addresses } of protocol.groups) places.set(seat, addresses, active);
  const link = places.linkOf(active);
  if (link !== null) node.prefer(link);
  parameters.start();
}

/** What the rounds of a reconfiguration look at. */
export function stepHandsOf({ addon, places, conflicts, running, config, node }: LookingAt): StepHands {
  return {
    nowMs: () => addon.bootTimeMs(),
    interfaceInfo: (name) => addon.interfaceInfo(name),
    state: () => running()?.driver.state ?? null,
    placed: () => places.placed,
    place: (addresses) => places.place(addresses),
    openProbe: (name) => new addon.WireProbe(name),
    probeMs: () => config().probeMs,
    describeAnew: () =>
      running()?.driver.feed({ type: 'adapters', nics: nicsOf(config(), node().name, (name) => addon.interfaceInfo(name)) }),
    interfaces: () => Object.values(node().interfaces),
    isHeard: (other, link, sinceMs) => running()?.statistics.hears(other, link, sinceMs) === true,
    conflict: (address) => conflicts.get(address) ?? null,
  };
}

interface Own {
  readonly addon: NativeAddon;
  running(): Running | null;
  config(): ClusterConfig;
  node(): NodeConfig;
}

interface LookingAt extends Own {
  readonly places: Places;
  readonly conflicts: ReadonlyMap<string, string>;
}

/** Of the groups that are configured now; what an earlier start has left is stopped. */
export function resourceCommandsOf(
  { addon, running, config, node, logger, troubles }: Own & { readonly logger: Logger; readonly troubles: Troubles },
  stateDirectory: string,
  publish: CommandHands['publish'],
): ResourceCommands {
  return new ResourceCommands(config(), node().name, stateDirectory, {
    nowMs: () => addon.bootTimeMs(),
    logger,
    feed: (event) => running()?.driver.feed(event),
    publish,
    trouble: (what, reason) => troubles.set(what, reason),
  });
}

export function warnOf({ links, problems }: NativeStartReport, logger: Logger, nameOfLink: (link: number) => string): void {
  for (const { link, reason } of links)
    if (reason !== null) logger.warn({ link: nameOfLink(link), reason }, 'a link cannot be opened; it is tried again every second');
  for (const reason of problems) logger.warn({ reason }, 'messages cannot use a path; it is tried again every second');
}

/** Null: nothing was. */
export function droppedText(statistics: Statistics): string | null {
  const { events, orders } = statistics.dropped();
  return events + orders === 0 ? null : `${events} events and ${orders} orders of the engine were lost: too many at once`;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function startError(error: unknown): HeartwireError {
  if (error instanceof HeartwireError) return error;
  const code = (error as { code?: unknown }).code === 'HW_PERMISSION' ? 'HW_PERMISSION' : 'HW_NATIVE';
  return HeartwireError.of(code, { reason: reasonOf(error) }, { cause: error });
}

/** A label only: where it cannot be written, the manager gives another one next time. */
export function keepMemberId(journal: Journal, memberId: number | null, troubles: Troubles): void {
  if (memberId === null || memberId === journal.memberId) return;
  try {
    journal.keepMemberId(memberId);
    troubles.set('member id', null);
  } catch (error) {
    troubles.set('member id', `the member id cannot be written: ${reasonOf(error)}`);
  }
}

/** @throws HeartwireError HW_STATE_DIRECTORY */
export function written<T>(stateDirectory: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw HeartwireError.of('HW_STATE_DIRECTORY', { reason: reasonOf(error) }, { place: stateDirectory, cause: error });
  }
}
