// Options of a native node that disturbs nobody: on loopback, unprivileged, with ports of its own.
import type { NativeNodeOptions } from '../../../lib/native.ts';

const PORTS_AT = 20_000;
const PORT_COUNT = 10_000;
let given = 0;

/** Three ports that no other node of this process has, and most likely nobody else. */
function ports(): { beatPort: number; messagePort: number; broadcastPort: number } {
  const first = PORTS_AT + ((process.pid * 97 + 3 * given++) % PORT_COUNT);
  return { beatPort: first, messagePort: first + 1, broadcastPort: first + 2 };
}

export function nativeOptions(changes: Partial<NativeNodeOptions> = {}): NativeNodeOptions {
  return {
    clusterName: 'addon',
    nodeId: 1,
    keys: [{ id: 1, key: new Uint8Array(32).fill(7) }],
    authentication: 'required',
    links: [{ kind: 'udp', network: 0, interface: 'lo' }],
    ...ports(),
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
