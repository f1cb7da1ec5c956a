// One run: a fresh stage, a contender, a client that asks every 100 us; the owner's switch ports go down;
// the gap runs from the client's last answer from the old owner to its first from the new one.
import { setTimeout as pause } from 'node:timers/promises';
import { Stage } from '../../lib/demo/stage.ts';
import { startServices, VipClient, type Answering } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { VIRTUAL_ADDRESS, type Contender } from './contender.ts';

const CLIENT_INTERVAL_US = 100;
const CLIENT_PRIORITY = 30; // below the contenders: the client must not slow what it measures
const STEADY_MS = 500;

export interface Run {
  readonly contender: string;
  readonly gapMs: number | null;
  /** Why there is no gap. */
  readonly failure: string | null;
  /** The address moved before there was any fault. */
  readonly falseTakeovers: number;
  readonly from: number | null;
  readonly to: number | null;
  /** The largest lateness of the client itself in this run. */
  readonly clientLateMs: number | null;
}

export async function measure(contender: Contender): Promise<Run> {
  const stage = await Stage.open({ nodes: 3, networks: 2, hosts: ['client'] });
  try {
    const priority = stage.sandbox.privileged ? CLIENT_PRIORITY : 0;
    await startServices(stage, priority);
    await contender.start(stage);
    const client = new VipClient(stage, { to: VIRTUAL_ADDRESS, intervalUs: CLIENT_INTERVAL_US, silenceUs: 2000, priority });
    const owner = await steadyOwner(client);
    const moves = (): Answering[] => client.changes.filter((change) => change.before !== null && change.before !== change.node);
    const early = moves().length;
    await stage.setPorts(owner, false);
    await waitFor('another owner', () => client.owner !== owner, { deadlineMs: 10_000, everyMs: 5 });
    await pause(100); // whatever else may happen to the address shows in this time
    const summary = await client.stop();
    const [move, ...more] = moves().slice(early);
    // A false takeover leaves two owners with the bare program: what comes after it is no measure.
    const clean = early === 0 && move?.before === owner && more.length === 0;
    return {
      contender: contender.name,
      gapMs: clean ? (move.gapNs ?? 0) / 1e6 : null,
      failure: clean ? null : `${early} changes of owner before the fault, ${more.length} more after the first`,
      falseTakeovers: early,
      from: owner,
      to: move?.node ?? null,
      clientLateMs: summary.lateNsMax / 1e6,
    };
  } catch (error) {
    const failure = `${(error as Error).message}\n${contender.log()}`.slice(0, 4000);
    return { contender: contender.name, gapMs: null, failure, falseTakeovers: 0, from: null, to: null, clientLateMs: null };
  } finally {
    await stage.close();
  }
}

/** The owner, once the same node has answered for a while. */
async function steadyOwner(client: VipClient): Promise<number> {
  let since = performance.now();
  const restart = (): void => {
    since = performance.now();
  };
  client.on('answering', restart).on('silent', restart);
  const owner = await waitFor('an owner that answers steadily', () => performance.now() - since > STEADY_MS && client.owner, {
    deadlineMs: 30_000,
  });
  client.off('answering', restart).off('silent', restart);
  return owner;
}
