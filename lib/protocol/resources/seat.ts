// What follows from news of a group's seat, here and elsewhere. The engine has acted already: here it is only noted, and told
// to everybody, so that each node can answer for the group and the manager writes the orders that come next.
import type { Turn } from '../membership/turn.ts';
import type { Epoch, NodeId, SeatNews } from '../types.ts';
import { type Group, raiseGroupPromised } from './group.ts';
import type { GroupMessage } from './messages.ts';
import { isHeld, type View } from './orders.ts';
import { giveUp } from './release.ts';

export function onGroupSeat(turn: Turn, group: Group, news: SeatNews, epoch: Epoch): void {
  const { self, role, leaving } = turn.state;
  const { seat } = group.config;
  raiseGroupPromised(group, epoch);
  switch (news) {
    case 'acquired':
      group.owns = 'owned';
      noteHolder(turn, group, self.node, epoch);
      if (role === 'offline' || leaving.length > 0) turn.do({ type: 'release', seat, successor: 0 });
      return;
    case 'lapsed':
      if (group.owns !== 'none') group.owns = 'lapsed';
      if (group.holder === self.node) group.lapsed = true;
      return;
    case 'regained':
      group.owns = 'owned';
      if (group.holder === self.node) group.lapsed = false;
      return;
    case 'released':
      if (epoch !== 0n && epoch < group.epoch && group.holder === self.node) return; // of an earlier time here
      group.owns = 'none';
      return noteFree(turn, group, self.node, 'given up');
    case 'failed':
      group.addressesFailed = true;
      return;
    case 'open':
      group.addressesFailed = false;
      return;
    case 'closed':
  }
}

/** The engine has heard a valid claim, or a node has told of its own. */
export function noteHolder(turn: Turn, group: Group, node: NodeId, epoch: Epoch): void {
  raiseGroupPromised(group, epoch);
  if (epoch < group.epoch || (epoch === group.epoch && isHeld(turn, group))) return;
  const isNew = group.holder !== node;
  const from = group.holder;
  Object.assign(group, { holder: node, epoch, lapsed: false, vacantSinceMs: null });
  if (node !== turn.state.self.node) giveWayTo(turn, group);
  if (isNew) turn.publish('group-acquired', node, { group: group.config.name, epoch: Number(epoch), from });
}

/** Another has a later epoch. With a majority the engine has let go already, and says so later; with `quorum: none` nobody else tells it to. */
function giveWayTo(turn: Turn, group: Group): void {
  if (group.owns === 'lapsed' || turn.state.config.quorum !== 'none') group.owns = 'none';
  else giveUp(turn, group, 0);
}

function noteFree(turn: Turn, group: Group, node: NodeId, reason: string): void {
  if (group.holder !== node) return;
  group.holder = null;
  group.lapsed = false;
  turn.publish('group-released', node, { group: group.config.name, epoch: Number(group.epoch), reason });
}

/** Our asks or claims fail at this voter. */
export function onGroupRefused(group: Group, answer: string, epoch: Epoch): void {
  raiseGroupPromised(group, epoch);
  if (answer === 'epoch_old' && epoch > group.refusedEpoch) group.refusedEpoch = epoch;
}

/** What a node says of its own part. */
export function onGroupState(turn: Turn, from: NodeId, group: Group, message: Extract<GroupMessage, { kind: 'groupState' }>): void {
  if (turn.state.role === 'offline') return;
  raiseGroupPromised(group, message.refused);
  noteFailed(group, from, message.failed);
  if (message.epoch === 0n && group.owns === 'owned') forgetTold(group, from); // it had not the group yet when it was told
  if (message.owns === 'owned') {
    noteHolder(turn, group, from, message.epoch);
    if (group.holder !== from) askToGiveWay(turn, group, from, message.epoch);
  } else if (group.holder === from && (message.epoch >= group.epoch || message.epoch === 0n)) {
    // Zero: it has started anew and has heard of no holder since, so it is none.
    if (message.owns === 'lapsed') group.lapsed = true;
    else noteFree(turn, group, from, 'given up');
  }
}

/** Where its commands have failed it is not given until somebody says so. */
export function noteFailed(group: Group, node: NodeId, failed: boolean): void {
  if (group.failedAt.includes(node) === failed) return;
  group.failedAt = failed ? [...group.failedAt, node] : group.failedAt.filter((each) => each !== node);
}

/** Two holders of one epoch after a split, which only `quorum: none` permits: the one that was known first stays. */
function askToGiveWay(turn: Turn, group: Group, node: NodeId, epoch: Epoch): void {
  const { config, role } = turn.state;
  if (role !== 'manager' || config.quorum !== 'none') return;
  turn.send(node, { kind: 'groupRelease', seat: group.config.seat, epoch, successor: 0 });
}

/** False: it was told nothing. */
function forgetTold(group: Group, node: NodeId): boolean {
  const told = new Map(group.told);
  const was = told.delete(node);
  group.told = told;
  return was;
}

/** What was under way to this node is lost; a session with it is sought anew (native/core/message). */
export function onUntold(turn: Turn, group: Group, node: NodeId): void {
  if (!forgetTold(group, node)) return;
  group.untold = new Map(group.untold).set(node, turn.nowMs + turn.state.config.unmanagedPeriodMs);
}

/** When somebody is to be told again. */
export function tellAgainAtMs({ state }: View, group: Group): number {
  const isWanted = ([node]: readonly [NodeId, number]): boolean => state.members.get(node)?.phase === 'active' && !group.told.has(node);
  return Math.min(Number.POSITIVE_INFINITY, ...[...group.untold].filter(isWanted).map(([, atMs]) => atMs));
}

/**
 * Tells every active member once what has changed of our part, and all of it to whoever is new; that we have no part, to the
 * manager alone.
 */
export function tellGroupState(turn: Turn, group: Group): void {
  const { epoch, refusedEpoch, owns, config } = group;
  const part = owns === 'releasing' ? 'owned' : owns;
  const failed = group.failedAt.includes(turn.state.self.node);
  const words = `${part} ${part === 'none' ? '' : epoch} ${refusedEpoch} ${failed}`;
  const told = new Map<NodeId, string>();
  for (const member of turn.active()) {
    const key = `${member.boot} ${words}`;
    const before = group.told.get(member.node);
    const tellAtMs = group.untold.get(member.node);
    const hasPart = part !== 'none' || failed || refusedEpoch !== 0n || before !== undefined || tellAtMs !== undefined;
    if (turn.nowMs < (tellAtMs ?? 0)) continue;
    if (!hasPart && member.node !== turn.state.manager) continue;
    told.set(member.node, key);
    if (before === key) continue;
    turn.send(member.node, { kind: 'groupState', seat: config.seat, owns: part, epoch, refused: refusedEpoch, failed });
  }
  group.told = told;
  if (group.untold.size > 0) group.untold = new Map([...group.untold].filter(([node]) => !told.has(node)));
}
