// Who looks at the address. The client asks as any client does, by ARP, so it sees one owner at a time. The witness beside
// it has the old owner's hardware address written down for good: it goes on asking the old owner, whatever is announced, and
// so sees for how long that one would still answer. Both are the same program.
import type { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, nodeName } from '../../lib/demo/topology.ts';
import { VipClient, type Answering, type ClientSummary } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { networkHeldOn } from './holders.ts';
import { type System, VIRTUAL_ADDRESS } from './system.ts';

const CLIENT_INTERVAL_US = 100;
const WITNESS_INTERVAL_US = 200;
const SILENCE_US = 1000;
export const PRIORITY = 30; // below the systems: who looks must not slow what is looked at

const priorityOn = (stage: Stage): number => (stage.sandbox.privileged ? PRIORITY : 0);

export function startClient(stage: Stage): VipClient {
  const priority = priorityOn(stage);
  return new VipClient(stage, { to: VIRTUAL_ADDRESS, intervalUs: CLIENT_INTERVAL_US, silenceUs: SILENCE_US, priority });
}

/** Resolves once it has had an answer of this owner. */
export async function startWitness(stage: Stage, owner: number): Promise<VipClient> {
  const adapter = interfaceName((await networkHeldOn(stage, owner)) ?? 0);
  const shown = JSON.parse(await stage.run(nodeName(owner), ['ip', '-json', 'link', 'show', adapter])) as { address: string }[];
  const pinned = ['lladdr', shown[0]?.address ?? '', 'dev', interfaceName(0), 'nud', 'permanent'];
  await stage.run('observer', ['ip', 'neighbour', 'replace', VIRTUAL_ADDRESS, ...pinned]);
  const settings = { to: VIRTUAL_ADDRESS, intervalUs: WITNESS_INTERVAL_US, silenceUs: SILENCE_US, priority: priorityOn(stage) };
  const witness = new VipClient(stage, { ...settings, member: 'observer' });
  await waitFor('an answer to the witness', () => witness.owner !== null, { deadlineMs: 5000, everyMs: 5 });
  return witness;
}

/** Changes of the answering node, without the first answer of all and without returns after a silence. */
export function moves(client: VipClient): Answering[] {
  return client.changes.filter((change) => change.before !== null && change.before !== change.node);
}

/** The owner, once the same node has answered for a while. */
export async function steadyOwner(client: VipClient, { steadyMs, deadlineMs }: System): Promise<number> {
  let [seen, since] = [client.owner, performance.now()];
  return waitFor(
    'an owner that answers steadily',
    () => {
      if (client.owner !== seen) [seen, since] = [client.owner, performance.now()];
      return performance.now() - since > steadyMs && seen;
    },
    { deadlineMs },
  );
}

export interface OldAnswers {
  /** About how many were given too late, and how long after the instant the last of them. */
  readonly answers: number;
  readonly forMs: number;
  /** How long after it answers still arrived that had been given before: a full queue carries them. */
  readonly queuedMs: number;
}

/**
 * What a node answered after an instant, until it took the address again by right.
 * @param fromNs @param untilNs CLOCK_BOOTTIME
 */
export function answersAfter(node: number, seen: readonly ClientSummary[], fromNs: number, untilNs: number): OldAnswers {
  let [answers, forNs, queuedNs] = [0, 0, 0];
  const own = seen.flatMap(({ runs }) => runs).filter((run) => run.node === node && run.firstNs < untilNs);
  for (const run of own) {
    const arrivedNs = Math.min(run.lastNs, untilNs) - fromNs;
    const givenNs = Math.min(run.saidNs, untilNs) - fromNs;
    if (givenNs > 0) {
      const share = run.lastNs === run.firstNs ? 1 : Math.min(1, givenNs / (run.lastNs - run.firstNs));
      answers += Math.max(1, Math.round(run.answers * share));
      forNs = Math.max(forNs, givenNs);
    } else if (arrivedNs > 0) {
      queuedNs = Math.max(queuedNs, arrivedNs);
    }
  }
  return { answers, forMs: forNs / 1e6, queuedMs: queuedNs / 1e6 };
}

/** How often the answering node changed, but for answers of the old owner that a full queue brought after the new one's first. */
export function changesIn(summary: ClientSummary, old: number, takenNs: number): number {
  const queued = (run: ClientSummary['runs'][number]): boolean => run.node === old && run.firstNs > takenNs && run.saidNs <= takenNs;
  const nodes = summary.runs.filter((run) => !queued(run)).map((run) => run.node);
  return nodes.filter((node, index) => index > 0 && node !== nodes[index - 1]).length;
}

/** The longest time without an answer between two instants, 0 when shorter than a silence. */
export function longestGapNs(summary: ClientSummary, fromNs: number, untilNs: number): number {
  return summary.runs.reduce((longest, run, index) => {
    const before = summary.runs[index - 1];
    if (before === undefined || run.firstNs < fromNs || before.lastNs > untilNs) return longest;
    return Math.max(longest, run.firstNs - before.lastNs);
  }, 0);
}
