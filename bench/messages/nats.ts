// The broker beside it: nats-server on a host of its own, its text protocol spoken over node:net. A multicast is one
// publication that the broker hands to all subscribers.
import { Chunks, patientConnect } from './tcp.ts';
import { type OpenTransport, SENDER } from './transport.ts';

export const NATS_PORT = 4222;
const LINE_END = '\r\n';

export const natsTransport: OpenTransport = async (plan) => {
  const socket = await patientConnect(NATS_PORT, plan.broker);
  const place = plan.receivers.indexOf(plan.node);
  // `to.N` is for the first N receivers; a receiver hears all those that count it in.
  const subjects =
    plan.node === SENDER
      ? ['from.*']
      : plan.receivers
          .map((_, index) => index + 1)
          .filter((first) => first > place)
          .map((first) => `to.${first}`);
  const kept = new Chunks();
  const ready = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      kept.push(chunk);
      for (let line = nextLine(kept); line !== null; line = nextLine(kept)) {
        if (line.message !== undefined) plan.hear(Number(line.words[1]?.split('.')[1]), line.message);
        else if (line.words[0] === 'PING') socket.write(`PONG${LINE_END}`);
        else if (line.words[0] === 'PONG') resolve();
      }
    });
  });
  const hello = ['CONNECT {"verbose":false,"pedantic":false}', ...subjects.map((subject, id) => `SUB ${subject} ${id + 1}`), 'PING', ''];
  socket.write(hello.join(LINE_END));
  await ready;
  const publish = (subject: string, message: Uint8Array): void => {
    socket.cork();
    socket.write(`PUB ${subject} ${message.length}${LINE_END}`);
    socket.write(message);
    socket.write(LINE_END);
    socket.uncork();
  };
  return {
    multicast: (receivers, message) => publish(`to.${receivers}`, message),
    answer: (message) => publish(`from.${plan.node}`, message),
  };
};

/** The next line of the broker, with the message that follows `MSG subject id bytes`; null: not all of it is there. */
function nextLine(kept: Chunks): { readonly words: readonly string[]; readonly message?: Uint8Array } | null {
  const all = kept.peek(Math.min(kept.bytes, 1));
  if (all === undefined) return null;
  let end = all.indexOf(LINE_END);
  if (end < 0) end = (kept.peek(kept.bytes) as Buffer).indexOf(LINE_END);
  if (end < 0) return null;
  const words = (kept.peek(end) as Buffer).toString('latin1', 0, end).split(' ');
  const bytes = words[0] === 'MSG' ? Number(words.at(-1)) : -1;
  const whole = end + LINE_END.length + (bytes < 0 ? 0 : bytes + LINE_END.length);
  if (kept.bytes < whole) return null;
  const taken = kept.take(whole);
  return bytes < 0 ? { words } : { words, message: taken.subarray(end + LINE_END.length, whole - LINE_END.length) };
}
