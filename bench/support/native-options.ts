// A native node that disturbs nobody: one link on loopback, no rights wanted, no guard. Benches and the addon's tests change
// what they are about.
import type { NativeNodeOptions } from '../../lib/native.ts';

/** @param port of the beats; the two behind it are for messages and broadcasts */
export function quietOptions(port: number, changes: Partial<NativeNodeOptions> = {}): NativeNodeOptions {
  return {
    clusterName: 'quiet',
    nodeId: 1,
    keys: [{ id: 1, key: new Uint8Array(32).fill(7) }],
    authentication: 'required',
    links: [{ kind: 'udp', network: 0, interface: 'lo' }],
    ...{ beatPort: port, messagePort: port + 1, broadcastPort: port + 2 },
    intervalUs: 10_000,
    timeoutUs: 100_000,
    nicPolicy: 'last',
    beatFormat: 'binary',
    beatPriority: 0,
    lockMemory: false,
    isolation: { secondThread: false, spin: false, busyPollUs: 0, cpuLatencyUs: null },
    livenessTimeoutMs: 0,
    releaseStalled: false,
    guard: { wanted: false, memory: '' },
    probeMs: 0,
    arpStrict: false,
    ...changes,
  };
}
