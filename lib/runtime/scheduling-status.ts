// What a status says of the beat threads: what they were to get from the machine, and what it granted.

export interface SchedulingStatus {
  /** What the beat thread got; `none` before start. */
  readonly policy: 'fifo' | 'round-robin' | 'other' | 'none';
  readonly priority: number;
  readonly wantedPriority: number;
  readonly reason: string | null;
  /** What was asked for a CPU of the beat thread's own, and what of it was refused. */
  readonly isolation: {
    readonly secondThread: boolean;
    readonly spin: boolean;
    readonly busyPollUs: number;
    readonly cpuLatencyUs: number | null;
    readonly reason: string | null;
  };
  /** How often it kept this node audible while the first beat thread was late, and how late that was at most. */
  readonly secondThread: { readonly running: boolean; readonly stoodIn: number; readonly longestMs: number };
  /** CPUs do not sleep while messages are dense (`messages.keep_awake`), and why that was refused. */
  readonly keepAwake: { readonly wanted: boolean; readonly reason: string | null };
  readonly memoryLocked: boolean;
  readonly memoryReason: string | null;
}
