// One node of the detector bench, a program at a node of the stage: the native engine with its beats and verdicts, and no
// membership above it that would act on a mistake. Prints a line of JSON whenever a peer is taken for dead or alive.
import { native, type NativeNodeOptions } from '../../lib/native.ts';

const ANNOUNCE_EVERY_MS = 100;

/** The program's only argument, as JSON. */
export interface WatcherPlan {
  readonly node: number;
  readonly peers: readonly number[];
  readonly interfaces: readonly string[];
  readonly intervalUs: number;
  readonly timeoutUs: number;
  readonly priority: number;
  /** CPUs of the first beat thread; empty: any. */
  readonly affinity: readonly number[];
  readonly secondThread: boolean;
}

/** One line of its output. */
export interface Verdict {
  readonly alive: boolean;
  readonly by: number;
  readonly about: number;
  /** CLOCK_BOOTTIME. */
  readonly atNs: number;
}

function optionsOf(plan: WatcherPlan): NativeNodeOptions {
  return {
    clusterName: 'detector',
    nodeId: plan.node,
    keys: [{ id: 1, key: new Uint8Array(32).fill(1) }],
    authentication: 'required',
    links: plan.interfaces.map((name, network) => ({ kind: 'udp', network, interface: name })),
    beatPort: 7600,
    messagePort: 7601,
    broadcastPort: 7602,
    intervalUs: plan.intervalUs,
    timeoutUs: plan.timeoutUs,
    nicPolicy: 'last',
    beatFormat: 'binary',
    beatPriority: plan.priority,
    lockMemory: true,
    livenessTimeoutMs: 0,
    releaseStalled: false,
    probeMs: 0,
    arpStrict: false,
    guard: { wanted: false, memory: '' },
    ...(plan.affinity.length === 0 ? {} : { affinity: plan.affinity }),
    isolation: { secondThread: plan.secondThread, spin: false, busyPollUs: 0, cpuLatencyUs: null },
  };
}

function watch(plan: WatcherPlan): void {
  const missing = new Set(plan.peers);
  const node = new native.NativeNode(optionsOf(plan), (events) => {
    for (const event of events) {
      if (event.kind === 'session_up') missing.delete(event.node);
      if (event.kind !== 'node_up' && event.kind !== 'node_down') continue;
      const verdict: Verdict = { alive: event.kind === 'node_up', by: plan.node, about: event.node, atNs: Number(event.atNs) };
      process.stdout.write(`${JSON.stringify(verdict)}\n`);
    }
  });
  node.start(1n);
  const timer = setInterval(() => {
    if (missing.size === 0) {
      clearInterval(timer);
      for (const peer of plan.peers) node.setPeer(peer, true, true, 0, 0);
    }
    node.announce(Buffer.from('detector'));
  }, ANNOUNCE_EVERY_MS);
  process.stdin.on('end', () => process.exit(0)).resume();
}

const [argument] = process.argv.slice(2);
if (argument !== undefined) watch(JSON.parse(argument) as WatcherPlan);
