// The whole native surface: what the C++ addon offers, declared once. Nothing else loads the .node file.
// The classes are documented here since this is where a reader of TypeScript meets them.
import { loadAddon } from './native-loader.ts';

export interface NativeLinkOptions {
  readonly kind: 'udp' | 'udp6' | 'ethernet' | 'serial';
  /** Index of the network in the configuration, 0-7. */
  readonly network: number;
  /** All but serial: interface name. Absent interfaces are reported and tried again every second. */
  readonly interface?: string;
  /** Index of the network on the same wire that this one is the standby adapter of (R9). */
  readonly standbyFor?: number;
  /** udp and ethernet: what is said to several nodes goes to the cluster's group there; default false. */
  readonly multicast?: boolean;
  /** serial: tty and speed. */
  readonly device?: string;
  readonly baud?: number;
  /** serial: the node at the other end. */
  readonly peer?: number;
}

export interface NativeAddress {
  readonly seat: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  /** With the index of their network: the adapter that takes it when the other fails (R9). */
  readonly standbyInterface?: string;
  readonly network?: number;
}

export interface NativeNodeOptions {
  readonly clusterName: string;
  readonly nodeId: number;
  /** First one sends; all are accepted. Copied into locked memory; the caller may wipe its own. */
  readonly keys: readonly { readonly id: number; readonly key: Uint8Array }[];
  readonly authentication: 'required' | 'none-insecure';
  /** Index = link id; the same order on every node of the cluster. */
  readonly links: readonly NativeLinkOptions[];
  readonly beatPort: number;
  readonly messagePort: number;
  readonly broadcastPort: number;
  /** 200 or more. */
  readonly intervalUs: number;
  /** At least 2 intervals. */
  readonly timeoutUs: number;
  readonly nicPolicy: 'first' | 'last';
  readonly beatFormat: 'binary' | 'xml';
  /** Pass frames on for peers that hear each other on no network (X4); default false. */
  readonly relays?: boolean;
  /** SCHED_FIFO 1-99; 0: ordinary scheduling. */
  readonly beatPriority: number;
  readonly lockMemory: boolean;
  readonly affinity?: readonly number[];
  /** Another beat thread on other CPUs. For a CPU of its own: never sleep; SO_BUSY_POLL, us, 0: off; PM-QoS, us, null: no request. */
  readonly isolation: {
    readonly secondThread: boolean;
    readonly spin: boolean;
    readonly busyPollUs: number;
    readonly cpuLatencyUs: number | null;
  };
  /** CPUs wake within so many us while messages are dense (PM-QoS; 0: they do not sleep); left out: they sleep as they like. */
  readonly awakeUs?: number;
  /** Past it without renewLiveness() beats say `stalled`; 0: never. */
  readonly livenessTimeoutMs: number;
  /** `stalled.policy: release`: a stalled owner gives its seats up to a successor that is not. */
  readonly releaseStalled: boolean;
  /** Probe for a duplicate at first acquisition; ms in all, 0: no probe. */
  readonly probeMs: number;
  readonly arpStrict: boolean;
  /** `memory`: a file that a start after a crash reads; empty: none. */
  readonly guard: { readonly wanted: boolean; readonly memory: string };
  /** The shared disk of two nodes (X9): device, the other node, for how long it promises. */
  readonly disk?: { readonly path: string; readonly other: number; readonly leaseUs: number };
}

/** `kind` is the snake_case name of EventKind (engine_types.h) or MessageNotice::Kind (message_thread.h). */
export interface NativeEvent {
  readonly kind: string;
  readonly node: number;
  readonly link: number;
  readonly seat: number;
  readonly flag: boolean;
  readonly epoch: bigint;
  /** CLOCK_BOOTTIME, ns. */
  readonly atNs: bigint;
  readonly value: bigint;
  readonly boot?: bigint;
  readonly payload?: Uint8Array;
  /** address_*: its place in what setAddresses() was given. */
  readonly address?: number;
  /** Text for people where there is one (conflicting MAC, address, reason). */
  readonly text?: string;
}

export interface NativeStartReport {
  readonly beat: {
    readonly policy: 'fifo' | 'round-robin' | 'other';
    readonly priority: number;
    readonly reason: string | null;
    /** What of the isolation was refused; null: nothing. */
    readonly isolationReason: string | null;
    /** A second beat thread runs. */
    readonly secondThread: boolean;
  };
  readonly memory: { readonly locked: boolean; readonly reason: string | null };
  readonly links: readonly { readonly link: number; readonly open: boolean; readonly reason: string | null }[];
  /** Why CPUs are not kept awake while messages are dense; null: they are, or need not be. */
  readonly awakeReason: string | null;
  /** Of discovery and messages, one sentence each; what is missing is tried again every second. */
  readonly problems: readonly string[];
  readonly guard: NativeGuardReport;
}

/** What keeps an address silent whose lease has ended, should the daemon not do it (safety.md, 'The kernel guard', 'The guardian'). */
export interface NativeGuardReport {
  /** Where the kernel guard's programs stand; `none`: there is none. */
  readonly enforcement: 'tcx' | 'clsact' | 'none';
  /** Why nothing better; null: as it should be. */
  readonly reason: string | null;
  /** Interfaces that the kernel guard does not stand on, and why, one sentence each. */
  readonly uncovered: readonly string[];
  /** Times that another program stood before the guard's, and was put behind them. */
  readonly displaced: number;
  readonly guardian: {
    /** Why there is none; null: it runs. */
    readonly reason: string | null;
    /** Times that it died and was started anew. */
    readonly restarts: number;
    /** In a control group of its own, apart from the daemon's; false where none was delegated to the daemon. */
    readonly ownGroup: boolean;
  };
}

export interface NativeNode {
  /**
   * Opens links, starts the beat, address and message threads.
   * @param boot 1 or more, and larger at every start, since a key must never meet a sequence twice
   * @throws Error with `code` HW_ALREADY_STARTED, HW_BOOT_REUSED, HW_BAD_ARGUMENT, HW_PERMISSION, HW_NATIVE
   */
  start(boot: bigint): NativeStartReport;
  /** Stops all threads, removes held addresses, closes everything. Idempotent; start() may follow. */
  stop(): void;
  /** As it is now. @throws HW_NOT_RUNNING */
  guard(): NativeGuardReport;
  /**
   * Takes effect while beats go on: a new interval once each peer has applied it (P3), the time-outs at once.
   * @param answerUs a peer that answers none of our beats for so long has failed; 0 or left out: that is not judged
   */
  setTiming(intervalUs: number, timeoutUs: number, nicPolicy: 'first' | 'last', answerUs?: number): void;
  /** Timings of 0: those of setTiming(). */
  setPeer(node: number, beat: boolean, watch: boolean, intervalUs: number, timeoutUs: number, answerUs?: number): void;
  /** Answered by the event `timing_agreed` (value: token) once this peer has applied the interval of our beats to it, or gets none. */
  confirmTiming(node: number, token: number): void;
  removePeer(node: number): void;
  /** @param witness the voter among `nodes` that is asked only where the others do not suffice (X9); 0: none; disk: a shared disk is one more voter, and is that one */
  setVoters(setNumber: number, quorum: number, nodes: readonly number[], witness: number | 'disk'): void;
  setRegister(seat: number, voting: boolean, promised: bigint, reserved: bigint, quietUntilNs: bigint, leaseUsMax: number): void;
  setSeat(seat: number, exists: boolean, leaseUs: number, network: number, roundTripUs: number): void;
  /** All addresses of all seats; differences take effect at once. */
  setAddresses(addresses: readonly NativeAddress[]): void;
  setOrders(seat: number, ordersId: bigint, baseEpoch: bigint, chain: readonly number[]): void;
  stand(seat: number): void;
  release(seat: number, successor: number): void;
  renewLiveness(untilNs: bigint): void;
  announce(payload: Uint8Array): void;
  contact(host: string, port: number, link: number): void;
  /**
   * Returns the message's id. Throws HW_NO_SESSION, HW_QUEUE_OVERFLOW, HW_MESSAGE_TOO_LONG, HW_BAD_ARGUMENT.
   * `waits`: others follow; it goes at the latest with the next flush(). `essential`: accepted beyond the threshold of the queue, up to
   * 65,536 messages or 128 MiB for one node. `quiet`: the receiver's event loop is not woken for it: it comes with the next event, or 5 ms later.
   */
  send(node: number, payload: Uint8Array, waits?: boolean, essential?: boolean, quiet?: boolean): bigint;
  /** Sends what waits; nothing does after stop(). */
  flush(): void;
  /** Messages that are neither delivered nor undeliverable yet; 0 after stop(). */
  underWay(): number;
  /** What the message thread answers questions with from now on, without JavaScript; up to 64 KiB. Throws HW_MESSAGE_TOO_LONG. */
  publish(bytes: Uint8Array): void;
  /** Asks a node what it has published; the event `answer` (value: `question`; payload: age in ns, 8 bytes, little-endian, and that) may be lost. Throws HW_NO_SESSION. */
  ask(node: number, question: number): void;
  forget(node: number): void;
  prefer(link: number): void;
  /**
   * A link of the running node comes, or (null) goes; the others are not touched. What cannot be opened is tried again every second;
   * the page tells what is open. Closed before another one takes its number.
   * @param link 0-7
   * @throws HW_NOT_RUNNING, HW_BAD_ARGUMENT
   */
  setLink(link: number, options: NativeLinkOptions | null): void;
  /** R5. The link is about to go: its silence is nobody's failure from now on, whatever `nicPolicy` says. */
  setLinkOffline(link: number, offline: boolean): void;
  /**
   * P2. Takes effect at once, for what is queued too. A message that has begun keeps its fragments, and a resend that is due its time.
   * @throws HW_NOT_RUNNING, HW_BAD_ARGUMENT; then nothing has changed
   */
  setMessageParameters(parameters: {
    /** 256-1400 */
    readonly fragmentBytesMax: number;
    /** 500-5,000,000 */
    readonly retryTimerUs: number;
    /** 10-600,000 */
    readonly retryTimeMaxMs: number;
    /** 1-1,000,000 */
    readonly queueOverflowThreshold: number;
    /** 1-256 */
    readonly sendWindow: number;
  }): void;
  setKeys(keys: readonly { readonly id: number; readonly key: Uint8Array }[]): void;
  /** Memory shared with the beat thread (statistics_page.h); readers: lib/runtime/statistics.ts. Stays valid after stop(). */
  readonly page: ArrayBuffer;
  /** As message_counters.h orders them: frames thrown away by reason (rejectReasons) first; last, multicasts sent, received and of others, and sends refused. */
  messageCounters(): bigint[];
  /** Why the shared disk cannot be used (null: it can), its slowest I/O, and for how long the present one waits; null: no disk. */
  diskHealth(): { readonly error: string | null; readonly worstIoUs: number; readonly waitingUs: number } | null;
}

/** Asks the wire who has an address (R6). Never waits: ask, and hear a while later. */
export interface WireProbe {
  /** Else there is nobody to ask on this interface. @throws HW_NOT_RUNNING: closed */
  ethernet(): boolean;
  /** @param address IPv4 or IPv6, without prefix length @throws HW_NOT_RUNNING, HW_BAD_ARGUMENT */
  ask(address: string): void;
  /** What others have said since the last call that they have; at most 1,024. @throws HW_NOT_RUNNING */
  heard(): { readonly address: string; readonly mac: string }[];
  /** Idempotent. */
  close(): void;
}

/** Places of messages that have landed, and all else; a number: so many messages have landed, at the first places. */
export type NativeBatch = readonly (NativeEvent | number)[] | number;

export interface NativeAddon {
  /** @throws HW_NATIVE (no such interface), HW_PERMISSION */
  readonly WireProbe: new (
    interfaceName: string,
  ) => WireProbe;
  /**
   * `onEvents` gets batches on the event loop; the addon keeps the loop alive only between start() and stop(). With memory to
   * land in (lib/runtime/landing.ts), messages that fit come as the numbers of their places, good until `onEvents` returns; a batch of
   * nothing else comes as how many there are, at the first places.
   */
  readonly NativeNode: {
    new (options: NativeNodeOptions, onEvents: (events: NativeEvent[]) => void): NativeNode;
    new (options: NativeNodeOptions, onEvents: (batch: NativeBatch) => void, landing: ArrayBuffer): NativeNode;
  };
  /** CLOCK_BOOTTIME, ns. */
  bootTimeNs(): bigint;
  /** The same in ms, to the microsecond. */
  bootTimeMs(): number;
  /** Index, MAC, addresses, carrier of an interface; null when it does not exist. */
  interfaceInfo(
    name: string,
  ): { index: number; mac: string; carrier: boolean; addresses: { address: string; prefixLength: number }[] } | null;
  /** uid, gid and pid of the peer of a connected AF_UNIX socket (SO_PEERCRED). */
  peerCredentials(fd: number): { uid: number; gid: number; pid: number };
  /** Exclusive lock (flock) on this file, made when absent: held until the descriptor is closed; null: somebody else holds it. */
  lockFile(path: string): number | null;
  sdNotify(message: string): boolean;
  /** Writes what two nodes need on a shared disk; `not empty` unless forced. Why it could not, or null. */
  prepareDisk(path: string, clusterName: string, nodes: readonly [number, number], force: boolean): string | null;
}

export const native: NativeAddon = loadAddon();
