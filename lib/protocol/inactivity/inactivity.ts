// The door to the pauses of members: messages in, and what is due by now.
import type { Message } from '../membership/messages.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import type { InactivityMessage } from './messages.ts';
import { awayDue, handBackDue, onInactive, onNormal, onReturning } from './noting.ts';
import { onInactiveNoted, pauseDue } from './pausing.ts';
import { onReturnHeard } from './returning.ts';

const KINDS: ReadonlySet<string> = new Set<InactivityMessage['kind']>(['inactive', 'inactiveNoted', 'returning', 'returnHeard', 'normal']);

export function isInactivityMessage(message: Message): message is InactivityMessage {
  return KINDS.has(message.kind);
}

export function onInactivityMessage(turn: Turn, from: NodeId, message: InactivityMessage): void {
  switch (message.kind) {
    case 'inactive':
      return onInactive(turn, from, message);
    case 'inactiveNoted':
      return onInactiveNoted(turn, from);
    case 'returning':
      return onReturning(turn, from, message.isStandby);
    case 'returnHeard':
      return onReturnHeard(turn, from);
    case 'normal':
      return onNormal(turn, from, message.managed);
  }
}

/** Everything that is due by now. */
export function inactivityDue(turn: Turn): void {
  pauseDue(turn);
  awayDue(turn);
  handBackDue(turn);
}
