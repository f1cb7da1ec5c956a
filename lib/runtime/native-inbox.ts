// What the native node tells goes to whoever it is for, one event after the other and in the order it was told: people, commands
// of groups, what waits to be sent, changes of parameters, and the protocol.
import type { NativeEvent } from '../native.ts';
import { protocolEvent } from './event-words.ts';
import type { Landing } from './landing.ts';
import type { LocalNews } from './local-news.ts';
import type { Running } from './running.ts';
import type { Logger } from './types.ts';

const NOT_UNDERSTOOD = 'a message was not understood';

export interface InboxHands {
  /** Null once the node has ended: each event may end it. */
  running(): Running | null;
  readonly landing: Landing;
  readonly news: LocalNews;
  readonly logger: Logger;
}

/** @param events the places of messages that have landed, by far the most, and objects for all else */
export function hearNative(events: readonly (NativeEvent | number)[], { running, landing, news, logger }: InboxHands): void {
  for (const event of events) {
    const now = running();
    if (now === null) return;
    const { hands, desk, driver } = now;
    if (typeof event === 'number') {
      const message = landing.take(event);
      if (message !== null) driver.feed(message);
      else logger.warn({ node: landing.nodeOf(event), kind: 'message' }, NOT_UNDERSTOOD);
      continue;
    }
    news.tell(event, hands.places);
    hands.commands.onNative(event);
    if (event.kind === 'timing_agreed') hands.parameters.agreed(event.node, Number(event.value));
    const forProtocol = protocolEvent(event);
    if (event.kind === 'answer') desk.answered(event);
    else if (forProtocol !== null) driver.feed(forProtocol);
    else if (event.payload !== undefined) logger.warn({ node: event.node, kind: event.kind }, NOT_UNDERSTOOD);
  }
}
