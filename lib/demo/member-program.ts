// A program that calls Heartwire, for stories and benches: joins the cluster in this process, votes on operations and
// applies them, and does what lines of JSON on its standard input say; what happens goes out as lines of JSON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from '../api/cluster.ts';
import { asHeartwireError } from '../errors.ts';
import type { OperationContext } from '../runtime/types.ts';
import type { MemberLine, MemberOrder, VoteMode } from './member.ts';

const [config = '', node = '', stateDirectory = '', control = '', after = ''] = process.argv.slice(2);
const VOTE_LATE_MS = 4000;
let votes: VoteMode = 'yes';

const say = (line: MemberLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const fail = (error: unknown): void => {
  say({ failed: String(error) });
  process.exitCode = 1;
};

const cluster = await Cluster.join(config, {
  node,
  stateDirectory,
  control,
  operations: {
    ...(after === '' ? {} : { after: BigInt(after) }),
    handlers: {
      story: {
        vote: (_, context) => vote(context),
        apply: (data, { number, name }) => say({ applied: { number: String(number), name, data } }),
      },
      silent: { apply: () => undefined },
    },
  },
});
// Whoever is no member yet has no say; a story wants all to have one.
for (const signal = AbortSignal.timeout(60_000); cluster.members.length < cluster.config.nodes.length && !signal.aborted; ) await pause(10);
say({ joined: node });

function vote({ waitsFor }: OperationContext): boolean | Promise<boolean> {
  if (votes === 'never') return new Promise(() => undefined);
  if (votes === 'child') {
    waitsFor('the child process sleep');
    const child = spawn('sleep', [`${VOTE_LATE_MS / 1000}`]);
    return new Promise((resolve) => child.once('exit', () => resolve(true)));
  }
  if (votes === 'lock') {
    waitsFor('the lock of its store');
    block(VOTE_LATE_MS);
  }
  return votes !== 'no';
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function propose(order: Extract<MemberOrder, { do: 'propose' }>): Promise<void> {
  const { id, data, options } = order;
  try {
    const { number } = await cluster.propose('story', data, options);
    say({ answered: { id, number: String(number), code: null, message: '' } });
  } catch (error) {
    const { code, message } = asHeartwireError(error);
    say({ answered: { id, number: null, code, message } });
  }
}

async function measure(order: Extract<MemberOrder, { do: 'measure' }>): Promise<void> {
  const { count, inFlight, bytes, options } = order;
  const data = new Uint8Array(bytes);
  const tookUs: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const beganNs = process.hrtime.bigint();
      await cluster.propose('silent', data, options);
      tookUs.push(Number(process.hrtime.bigint() - beganNs) / 1000);
    }
  };
  const beganNs = process.hrtime.bigint();
  await Promise.all(Array.from({ length: inFlight }, worker));
  say({ measured: { tookUs, seconds: Number(process.hrtime.bigint() - beganNs) / 1e9 } });
}

function obey(order: MemberOrder): void {
  switch (order.do) {
    case 'propose':
      return void propose(order);
    case 'measure':
      return void measure(order).catch(fail);
    case 'vote':
      votes = order.how;
      return say({ votes });
    case 'block':
      block(order.ms);
      return say({ unblocked: true });
    case 'leave':
      return void cluster.leave().then(() => process.exit(0));
  }
}

createInterface({ input: process.stdin }).on('line', (line) => obey(JSON.parse(line) as MemberOrder));
