// What people ask for. A command for the manager that is given elsewhere is sent on to it, and its answer comes back.
import type { Command, NodeId, VirtualAddress } from '../types.ts';
import { pause } from '../inactivity/pausing.ts';
import { resume } from '../inactivity/returning.ts';
import { hostOf } from '../reconfiguration/layout.ts';
import { tellAll } from '../reconfiguration/in-doubt.ts';
import { suspended } from '../reconfiguration/reconfigure.ts';
import { moveGroup } from '../resources/move.ts';
import { longestStopMs } from '../resources/release.ts';
import { cancelAt } from '../rounds/recovery.ts';
import { wish } from '../rounds/wishes.ts';
import { move, respond } from './handover.ts';
import { leave, online } from './leaving.ts';
import type { Message } from './messages.ts';
import { addressesOf, switchTo } from './networks.ts';
import { setStandby } from './standby.ts';
import type { Turn } from './turn.ts';

const FORWARD_TIMEOUT_MS = 10_000;

export function onCommand(turn: Turn, id: number, command: Command): void {
  const { state, nowMs } = turn;
  if (command.name === 'offline' || command.name === 'leave') return leave(turn, id, command.name);
  if (command.name === 'online') return online(turn, id);
  if (command.name === 'pause') return pause(turn, id, command);
  if (command.name === 'resume') return resume(turn, id);
  if (command.name === 'propose') return wish(turn, id, command.kind, command.body, command.timeoutMs);
  if (command.name === 'cancel') return cancelAt(turn, id, command.number);
  if (state.role === 'manager') return carryOut(turn, id, null, command);
  if (state.manager === null) return turn.reply(id, 'HW_REFUSED', 'there is no manager now');
  state.forwarded.set(id, {
    sinceMs: nowMs,
    deadlineMs: nowMs + FORWARD_TIMEOUT_MS + (command.name === 'moveGroup' ? longestStopMs(state) : 0),
  });
  turn.send(state.manager, { kind: 'request', id, command });
}

export function onRequest(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'request' }>): void {
  if (turn.state.role !== 'manager') respond(turn, message.id, from, 'HW_REFUSED', 'this node does not manage any more');
  else carryOut(turn, message.id, from, message.command);
}

export function onResponse(turn: Turn, message: Extract<Message, { kind: 'response' }>): void {
  if (!turn.state.forwarded.delete(message.id)) return;
  turn.reply(message.id, message.error?.code ?? null, message.error?.message ?? '');
}

export function forwardedOverdue(turn: Turn): void {
  for (const [id, { deadlineMs }] of [...turn.state.forwarded]) {
    if (turn.nowMs < deadlineMs) continue;
    turn.state.forwarded.delete(id);
    turn.reply(id, 'HW_REFUSED', 'the manager has not answered');
  }
}

function carryOut(turn: Turn, id: number, from: NodeId | null, command: Command): void {
  const { state } = turn;
  const done = (): void => respond(turn, id, from, null, '');
  const refuse = (message: string): void => respond(turn, id, from, 'HW_REFUSED', message);
  const waits = suspended(turn);
  if (waits !== null) return refuse(waits);
  switch (command.name) {
    case 'move':
      return move(turn, id, from, command.node);
    case 'moveGroup':
      return moveGroup(turn, id, from, command.group, command.node);
    case 'setStandby': {
      const member = state.members.get(command.node);
      if (command.node === state.standby) return done();
      if (state.pending !== null) return refuse(`a ${state.pending.kind} is under way`);
      if (member?.phase !== 'active') return refuse(`node ${command.node} is no active member`);
      if (!turn.maySucceed(member)) return refuse(`node ${command.node} may not manage`);
      setStandby(turn, command.node);
      return done();
    }
    case 'changeActiveNetwork':
      if (!state.config.networks.includes(command.network)) return refuse(`there is no network ${command.network}`);
      switchTo(turn, command.network, 'asked for');
      return done();
    case 'addVirtualAddress':
      if (state.virtualAddresses.some((each) => each.address === command.address.address))
        return refuse(`${command.address.address} is there already`);
      if (inGroup(turn, command.address)) return refuse(`${command.address.address} belongs to a resource group`);
      if (command.address.network !== 'active' && !state.config.networks.includes(command.address.network))
        return refuse(`there is no network ${command.address.network}`);
      setAddresses(turn, [...state.virtualAddresses, command.address]);
      return done();
    case 'deleteVirtualAddress':
      if (!state.virtualAddresses.some((each) => each.address === command.address)) return refuse(`there is no address ${command.address}`);
      setAddresses(
        turn,
        state.virtualAddresses.filter((each) => each.address !== command.address),
      );
      return done();
    case 'publish':
      turn.publishToAll('program-event', from ?? state.self.node, { name: command.event, ...command.facts });
      return done();
    default:
      return refuse('this is not for the manager');
  }
}

/** C13: every voter has the list before it may need it. */
function setAddresses(turn: Turn, addresses: readonly VirtualAddress[]): void {
  turn.state.virtualAddresses = addresses;
  tellAll(turn);
  addressesOf(turn);
}

function inGroup({ state }: Turn, address: VirtualAddress): boolean {
  return [...state.groups.values()].some(({ config }) => config.addresses.some((each) => hostOf(each) === hostOf(address)));
}
