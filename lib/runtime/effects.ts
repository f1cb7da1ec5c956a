// Carries out what the protocol wants done: one function an effect, into the native node, the journal or the people.
import { quorumOf } from '../protocol/quorum.ts';
import { encodeAnnouncement, encodeMessage } from '../protocol/codec/codec.ts';
import type { Message } from '../protocol/membership/messages.ts';
import type { Effect, ProtocolConfig } from '../protocol/types.ts';
import type { Journal } from './journal.ts';
import type { NativeNode } from '../native.ts';
import type { Logger } from './types.ts';

export interface EffectHands {
  readonly native: NativeNode;
  readonly journal: Journal;
  readonly protocol: ProtocolConfig;
  readonly logger: Logger;
  /** The first link of a network that this node is on; null: none. */
  linkOf(network: string): number | null;
  placeAddresses(seat: number, effect: Extract<Effect, { type: 'setAddresses' }>): void;
  reserved(seat: number, epoch: bigint, ok: boolean, reason: string | null): void;
  undeliverable(node: number): void;
  publish(event: Extract<Effect, { type: 'publish' }>['event']): void;
  reply(id: number, error: { readonly code: string; readonly message: string } | null): void;
  setVoting(on: boolean): void;
}

const US_PER_MS = 1000;

export function carryOut(effect: Effect, hands: EffectHands): void {
  const { native } = hands;
  switch (effect.type) {
    case 'announce': return native.announce(encodeAnnouncement(effect.announcement));
    case 'contact': return native.contact(effect.host, effect.port, hands.linkOf(hands.protocol.networks[0] ?? '') ?? 0);
    case 'send': return send(effect.to, effect.message as Message, hands);
    case 'closeChannel': return native.forget(effect.node);
    case 'setPeer': {
      const timeoutUs = effect.beatTimeoutMs === null ? 0 : Math.round(effect.beatTimeoutMs * US_PER_MS);
      const intervalUs = effect.beatPackets === null ? 0 : Math.round(timeoutUs / effect.beatPackets);
      return native.setPeer(effect.node, effect.beat, effect.watch, intervalUs, timeoutUs);
    }
    case 'removePeer': return native.removePeer(effect.node);
    case 'reserve': return reserve(effect.seat, effect.epoch, hands);
    case 'setOrders': return native.setOrders(effect.seat, effect.ordersId, effect.baseEpoch, effect.chain);
    case 'stand': return native.stand(effect.seat);
    case 'release': return native.release(effect.seat, effect.successor);
    case 'setVoting': return hands.setVoting(effect.on);
    case 'setAddresses': return hands.placeAddresses(effect.seat, effect);
    case 'prefer': {
      const link = hands.linkOf(effect.network);
      return link === null ? undefined : native.prefer(link);
    }
    case 'publish': return hands.publish(effect.event);
    case 'reply': return hands.reply(effect.id, effect.error);
  }
}

function send(to: number, message: Message, hands: EffectHands): void {
  try {
    hands.native.send(to, encodeMessage(message));
  } catch (error) {
    hands.logger.debug({ to, kind: message.kind, code: (error as { code?: string }).code }, 'a message cannot be sent');
    hands.undeliverable(to);
  }
}

/** Disk first, then the register, then the protocol. */
function reserve(seat: number, epoch: bigint, hands: EffectHands): void {
  try {
    hands.journal.reserve(seat, epoch);
    hands.reserved(seat, hands.journal.reserved(seat), true, null);
  } catch (error) {
    hands.reserved(seat, epoch, false, error instanceof Error ? error.message : String(error));
  }
}

/** The register of a seat as the journal allows it; `promised` only at start. */
export function configureRegister(native: NativeNode, journal: Journal, seat: number, voting: boolean, start: { readonly quietUntilNs: bigint } | null): void {
  const reserved = journal.reserved(seat);
  native.setRegister(seat, voting, start === null ? 0n : reserved, reserved, start?.quietUntilNs ?? 0n, Math.max(journal.longestLeaseUs, 1));
}

export function configureVoters(native: NativeNode, protocol: ProtocolConfig): void {
  native.setVoters(protocol.voterSet, quorumOf(protocol), protocol.voters);
}
