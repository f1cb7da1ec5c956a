// One node of bench:messages, in its own network namespace, with all transports open: a receiver answers, the sender
// measures what it is told to on standard input and prints what it saw, a line of JSON each.
import { createInterface } from 'node:readline';
import { transports } from './systems.ts';
import { SENDER, type Transport } from './transport.ts';

export interface ProgramPlan {
  readonly node: number;
  readonly receivers: readonly number[];
  readonly addresses: Readonly<Record<number, string>>;
  readonly broker: string;
  readonly systems: readonly string[];
}

export interface Order {
  readonly system: string;
  readonly receivers: number;
  readonly bytes: number;
  readonly roundTrips: number;
  /** How long messages stream; and how long at most round trips are made, ms. */
  readonly streamMs: number;
}

export interface Answer {
  /** From the call until all receivers have answered, one message at a time. */
  readonly roundTripUs: readonly number[];
  /** To each receiver, while a few wait for their answer. */
  readonly messagesPerSecond: number;
}

const STREAM_BYTES = 1 << 20; // unanswered at most, in at most so many messages:
const STREAM_MESSAGES = 64;

const ASK = 1;
const plan = JSON.parse(process.argv[2] ?? '') as ProgramPlan;
const answered = new Map<number, number>();
let wake: () => void = () => undefined;

function hears(transport: () => Transport): (from: number, message: Uint8Array) => void {
  const answer = new Uint8Array(1);
  return (from, message) => {
    if (plan.node !== SENDER) {
      if (message[0] === ASK) transport().answer(answer);
      return;
    }
    answered.set(from, (answered.get(from) ?? 0) + 1);
    wake();
  };
}

async function open(system: string): Promise<Transport> {
  const openTransport = transports[system];
  if (openTransport === undefined) throw new RangeError(`no system is called ${system}`);
  const { node, receivers, addresses, broker } = plan;
  const transport: Transport = await openTransport({
    ...{ node, receivers, broker, address: (of) => addresses[of] ?? '' },
    hear: hears(() => transport), // nobody sends before all are ready
  });
  return transport;
}

/** Answers that the slowest of the first so many receivers has given. */
function answersOf(receivers: number): number {
  return Math.min(...plan.receivers.slice(0, receivers).map((receiver) => answered.get(receiver) ?? 0));
}

function until(met: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    wake = () => {
      if (met()) resolve();
    };
    wake();
  });
}

const nowUs = (): number => Number(process.hrtime.bigint()) / 1000;

async function roundTrips(transport: Transport, { receivers, bytes, roundTrips: count, streamMs }: Order): Promise<number[]> {
  const message = new Uint8Array(bytes).fill(ASK);
  const took: number[] = [];
  const deadlineUs = nowUs() + streamMs * 1000;
  answered.clear();
  while (took.length < count && (took.length === 0 || nowUs() < deadlineUs)) {
    const beganUs = nowUs();
    transport.multicast(receivers, message);
    await until(() => answersOf(receivers) > took.length);
    took.push(nowUs() - beganUs);
  }
  return took;
}

async function stream(transport: Transport, { receivers, bytes, streamMs }: Order): Promise<number> {
  const plain = new Uint8Array(bytes);
  const asking = new Uint8Array(bytes).fill(ASK);
  const window = Math.min(STREAM_MESSAGES, Math.max(4, Math.floor(STREAM_BYTES / bytes)));
  const every = window / 4;
  let sent = 0;
  answered.clear();
  const beganUs = nowUs();
  while (nowUs() - beganUs < streamMs * 1000) {
    while (sent - every * answersOf(receivers) < window) transport.multicast(receivers, ++sent % every === 0 ? asking : plain);
    await until(() => sent - every * answersOf(receivers) < window);
  }
  while (sent % every !== 0) transport.multicast(receivers, ++sent % every === 0 ? asking : plain);
  await until(() => every * answersOf(receivers) === sent);
  return sent / ((nowUs() - beganUs) / 1e6);
}

const opened = new Map<string, Transport>();
await Promise.all(plan.systems.map(async (system) => opened.set(system, await open(system))));
process.stdout.write(`${JSON.stringify({ ready: plan.node })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  const transport = opened.get(order.system) as Transport;
  await roundTrips(transport, { ...order, streamMs: order.streamMs / 4 });
  const roundTripUs = await roundTrips(transport, order);
  const answer: Answer = { roundTripUs, messagesPerSecond: await stream(transport, order) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
