// What the native node tells goes to whoever it is for, one event after the other and in the order it was told: people, commands
// of groups, what waits to be sent, changes of parameters, and the protocol.
import type { NativeEvent } from '../native.ts';
import { protocolEvent } from './event-words.ts';
import type { LocalNews } from './local-news.ts';
import type { Running } from './running.ts';
import type { Logger } from './types.ts';

/** @param running null once the node has ended: each event may end it */
export function hearNative(events: readonly NativeEvent[], running: () => Running | null, news: LocalNews, logger: Logger): void {
  for (const event of events) {
    const now = running();
    if (now === null) return;
    const { hands, desk, driver } = now;
    if (event.kind === 'delivered' || event.kind === 'undeliverable') hands.outbox.ended(event.value);
    if (event.kind === 'delivered') continue; // by far the most, and nobody else's business
    news.tell(event, hands.places);
    hands.commands.onNative(event);
    if (event.kind === 'timing_agreed') hands.parameters.agreed(event.node, Number(event.value));
    const forProtocol = protocolEvent(event);
    if (event.kind === 'answer') desk.answered(event);
    else if (forProtocol !== null) driver.feed(forProtocol);
    else if (event.payload !== undefined) logger.warn({ node: event.node, kind: event.kind }, 'a message was not understood');
  }
}
