// A member that was away while the others agreed on another configuration gets it before it is asked for anything, and a
// manager that was away gets it from its members: whoever has the newer agreement sends it. So a crash at any step and a
// restart end in one configuration everywhere (R7).
import type { NodeId } from '../types.ts';
import type { Message } from '../membership/messages.ts';
import type { Turn } from '../membership/turn.ts';
import { adopt, adoptGroups, changeWithin, forgetWithheld, tellAll } from './in-doubt.ts';
import { useNetworks } from './networks.ts';
import { useTimes } from './times.ts';
import { orderAgain, useVoters } from './voters.ts';
import { type Active, type Configured, configuredOf, type Held } from './state.ts';

export type ConfigurationMessage =
  | { readonly kind: 'configured'; readonly configured: Configured }
  | { readonly kind: 'defaultConfiguration'; readonly held: Held }
  | { readonly kind: 'activeConfiguration'; readonly active: Active };

const KINDS: ReadonlySet<string> = new Set<ConfigurationMessage['kind']>(['configured', 'defaultConfiguration', 'activeConfiguration']);

export function isConfigurationMessage(message: Message): message is ConfigurationMessage {
  return KINDS.has(message.kind);
}

/** At a member, to its manager. */
export function tellConfigured(turn: Turn): void {
  const { configurations, manager, self } = turn.state;
  if (configurations === null || manager === null || manager === self.node) return;
  turn.send(manager, { kind: 'configured', configured: configuredOf(configurations) });
}

/**
 * Nobody manages, and a voter counts by another set of voters than this node, which stands: neither could ever vote for the
 * other. Whoever has the older agreement gets the newer one; it was decided, whoever sends it.
 */
export function compareWith(turn: Turn, node: NodeId): void {
  const { configurations, role, members, config } = turn.state;
  const member = members.get(node);
  if (configurations === null || role !== 'unmanaged' || member === undefined) return;
  if (turn.nowMs < member.comparedMs + config.unmanagedPeriodMs) return;
  member.comparedMs = turn.nowMs;
  turn.send(node, { kind: 'configured', configured: configuredOf(configurations) });
}

/** From a member to its manager and back; from anybody while nobody manages. */
function isHeeded({ state }: Turn, from: NodeId): boolean {
  const { role, manager, members } = state;
  if (role === 'unmanaged') return members.has(from);
  return members.get(from)?.phase === 'active' && (role === 'manager' || from === manager);
}

export function onConfigurationMessage(turn: Turn, from: NodeId, message: ConfigurationMessage): void {
  if (turn.state.configurations === null || !isHeeded(turn, from)) return;
  if (message.kind === 'configured') onConfigured(turn, from, message.configured);
  else if (message.kind === 'defaultConfiguration') onDefault(turn, message.held);
  else onActive(turn, message.active);
}

function onConfigured(turn: Turn, from: NodeId, theirs: Configured): void {
  const { configurations, role } = turn.state;
  if (configurations === null) return;
  const { default: wanted, active, versionMax } = configurations;
  turn.state.configurations = { ...configurations, versionMax: Math.max(versionMax, theirs.versionMax) };
  if (wanted.number > theirs.default) turn.send(from, { kind: 'defaultConfiguration', held: wanted });
  if (active.number > theirs.active) turn.send(from, { kind: 'activeConfiguration', active });
  orderAgain(turn, from);
  // One that is in the middle of a change tells all when it is over: who has ended it already must not go back, lest this one dies.
  if (role === 'manager' && changeWithin(turn) === null)
    turn.send(from, { kind: 'virtualAddresses', addresses: turn.state.virtualAddresses, changing: null });
  const isBehind = wanted.number < theirs.default || active.number < theirs.active;
  if ((role === 'manager' || role === 'unmanaged') && isBehind)
    turn.send(from, { kind: 'configured', configured: configuredOf(configurations) });
}

function onDefault(turn: Turn, held: Held): void {
  const { configurations } = turn.state;
  if (configurations === null || held.number <= configurations.default.number) return;
  const versionMax = Math.max(configurations.versionMax, held.version);
  turn.state.configurations = { ...configurations, default: held, versionMax };
  turn.do({ type: 'keepDefault', held });
  passOn(turn, { kind: 'defaultConfiguration', held });
}

function onActive(turn: Turn, active: Active): void {
  const { configurations, role } = turn.state;
  if (configurations === null || active.number <= configurations.active.number) return;
  // A node that is to be added, or was removed, has no part in it.
  if (!active.layout.nodes.includes(turn.state.self.node)) return;
  const before = configurations.active;
  turn.state.configurations = { ...configurations, active, versionMax: Math.max(configurations.versionMax, active.version) };
  // A member has its manager's list of addresses already.
  if (role === 'manager' || role === 'unmanaged') adopt(turn, before.layout, active.layout);
  else forgetWithheld(turn);
  if (role === 'manager') tellAll(turn);
  adoptGroups(turn, active.layout);
  turn.do({ type: 'activate', active, protocol: null });
  useVoters(turn, active.layout);
  useNetworks(turn, active.layout);
  useTimes(turn, active.layout);
  turn.publish('reconfigured', turn.state.self.node, { version: active.version, protocol: '' });
  passOn(turn, { kind: 'activeConfiguration', active });
}

/** A manager that has learnt something tells the others, which may have joined it before. */
function passOn(turn: Turn, message: ConfigurationMessage): void {
  if (turn.state.role === 'manager') turn.tell(message);
}
