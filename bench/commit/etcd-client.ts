// Puts into etcd, `count` of them, `inFlight` at a time; a line of JSON with what each took.
import { setTimeout as pause } from 'node:timers/promises';
import { EtcdClient } from './etcd.ts';

const [host = '', count = '', inFlight = '', bytes = ''] = process.argv.slice(2);
const client = new EtcdClient(host);
const value = 'x'.repeat(Number(bytes));
for (const signal = AbortSignal.timeout(20_000); ; await pause(50)) {
  try {
    await client.put('ready', '1');
    break;
  } catch (error) {
    if (signal.aborted) throw error;
  }
}
const tookUs: number[] = [];
async function run(puts: number): Promise<number> {
  let left = puts;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const beganNs = process.hrtime.bigint();
      await client.put('key', value);
      tookUs.push(Number(process.hrtime.bigint() - beganNs) / 1000);
    }
  };
  const beganNs = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(inFlight) }, worker));
  return Number(process.hrtime.bigint() - beganNs) / 1e9;
}
await run(Math.min(300, Number(count)));
tookUs.length = 0;
const seconds = await run(Number(count));
process.stdout.write(`${JSON.stringify({ tookUs, seconds })}\n`);
process.exit(0);
