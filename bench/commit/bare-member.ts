// The least that three Node programs can do to agree: datagrams of node:dgram, a question to both, an answer of each, and for
// three phases once more; then the outcome. No membership, no order, no authentication, no loss: no cluster manager, but the
// floor of whatever is called from Node on this machine.
//
//   bare-member OWN-ADDRESS PEER PEER PHASES COUNT IN-FLIGHT BYTES    proposes, and prints a line of JSON with what each took
//   bare-member OWN-ADDRESS                                           answers
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

const PORT = 7500;
const OUTCOME = 255;
const NUMBER_AT = 1;
const HEADER_BYTES = 5;
const [own = '', ...rest] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.bind(PORT, own);
await once(socket, 'listening');

/** A datagram: which round it belongs to, or OUTCOME, and the number of the operation. */
function datagram(round: number, number: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES + bytes, 'x');
  buffer.writeUInt8(round);
  buffer.writeUInt32LE(number, NUMBER_AT);
  return buffer;
}

function answer(message: Buffer, { address }: RemoteInfo): void {
  if (message.readUInt8() !== OUTCOME) socket.send(message.subarray(0, HEADER_BYTES), PORT, address);
}

interface Open {
  round: number;
  answers: number;
  readonly decided: () => void;
}

const open = new Map<number, Open>();
let last = 0;

function tell(peers: readonly string[], message: Buffer): void {
  for (const peer of peers) socket.send(message, PORT, peer);
}

async function propose(peers: readonly string[], bytes: number): Promise<void> {
  last += 1;
  const number = last;
  const decided = new Promise<void>((resolve) => open.set(number, { round: 1, answers: 0, decided: resolve }));
  tell(peers, datagram(1, number, bytes));
  await decided;
  tell(peers, datagram(OUTCOME, number, 0));
}

function take(message: Buffer, peers: readonly string[], rounds: number): void {
  const number = message.readUInt32LE(NUMBER_AT);
  const operation = open.get(number);
  if (operation?.round !== message.readUInt8()) return;
  operation.answers += 1;
  if (operation.answers < peers.length) return;
  if (operation.round === rounds) {
    open.delete(number);
    operation.decided();
    return;
  }
  [operation.round, operation.answers] = [operation.round + 1, 0];
  tell(peers, datagram(operation.round, number, 0));
}

async function measured(count: number, inFlight: number, run: () => Promise<void>): Promise<{ tookUs: number[]; seconds: number }> {
  const tookUs: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const beganNs = process.hrtime.bigint();
      await run();
      tookUs.push(Number(process.hrtime.bigint() - beganNs) / 1000);
    }
  };
  const beganNs = process.hrtime.bigint();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { tookUs, seconds: Number(process.hrtime.bigint() - beganNs) / 1e9 };
}

if (rest.length === 0) {
  socket.on('message', answer);
  process.stdout.write('ready\n');
} else {
  const peers = rest.slice(0, 2);
  const [phases = 2, count = 1, inFlight = 1, bytes = 0] = rest.slice(2).map(Number);
  socket.on('message', (message) => {
    take(message, peers, phases - 1);
  });
  const run = (): Promise<void> => propose(peers, bytes);
  await measured(3000, 8, run); // as warm as the others
  process.stdout.write(`${JSON.stringify(await measured(count, inFlight, run))}\n`);
  process.exit(0);
}
