// What the native node tells goes to whoever it is for, one event after the other and in the order it was told: people, commands
// of groups, what waits to be sent, changes of parameters, and the protocol.
import type { NativeBatch, NativeEvent } from '../native.ts';
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

export function hearNative(batch: NativeBatch, inbox: InboxHands): void {
  if (typeof batch === 'number') for (let place = 0; place < batch; place++) hearMessage(place, inbox);
  else
    for (const each of batch)
      if (typeof each === 'number') hearMessage(each, inbox);
      else hearEvent(each, inbox);
}

/** By far the most, and the protocol's alone. */
function hearMessage(place: number, { running, landing, logger }: InboxHands): void {
  const now = running();
  if (now === null) return;
  const message = landing.take(place);
  if (message !== null) now.driver.feed(message);
  else logger.warn({ node: landing.nodeOf(place), kind: 'message' }, NOT_UNDERSTOOD);
}

function hearEvent(event: NativeEvent, { running, news, logger }: InboxHands): void {
  const now = running();
  if (now === null) return;
  const { hands, desk, driver } = now;
  news.tell(event, hands.places);
  hands.commands.onNative(event);
  if (event.kind === 'timing_agreed') hands.parameters.agreed(event.node, Number(event.value));
  const forProtocol = protocolEvent(event);
  if (event.kind === 'answer') desk.answered(event);
  else if (forProtocol !== null) driver.feed(forProtocol);
  else if (event.payload !== undefined) logger.warn({ node: event.node, kind: event.kind }, NOT_UNDERSTOOD);
}
