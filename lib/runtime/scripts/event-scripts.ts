// R8: scripts run on events, in order, from one first-in first-out queue for all that this node hears of: from inside, from peers and
// from clients. One runs at a time, each once at most. The queue is in memory; only what runs is on the disk, so that a start after
// a crash can say which script was cut off.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptConfig } from '../../config/config.ts';
import { CommandProcess } from '../commands/command-process.ts';
import { endMarked, MARK, signalMarked } from '../commands/marked-processes.ts';
import { readIfThere, writeDurably } from '../state-file.ts';
import type { Logger } from '../types.ts';

/** What of an event scripts are given; all of it is their input, as JSON. */
export interface ScriptEvent {
  readonly event: string;
  readonly time: string;
  readonly node: number;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** One script for one event. */
export interface QueuedScript {
  readonly event: string;
  /** Of the event. */
  readonly time: string;
  /** Its program. */
  readonly script: string;
}

export interface ScriptQueueStatus {
  readonly suspended: boolean;
  readonly running: QueuedScript | null;
  /** The next one first. */
  readonly waiting: readonly QueuedScript[];
  /** Since the start. */
  readonly ended: number;
  readonly failed: number;
  /** Too many waited: never run. */
  readonly overflowed: number;
}

export interface ScriptHands {
  readonly directory: string;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string>>;
  /** Something holds all scripts back now, such as a reconfiguration. */
  isHeld(): boolean;
}

interface Job extends QueuedScript {
  readonly config: ScriptConfig;
  readonly input: ScriptEvent;
}

/** Jobs that may wait. */
export const WAITING_MAX = 1000;
/** Whether it is still held is looked at so often. */
const HELD_LOOK_MS = 100;

export class EventScripts {
  readonly #scripts: () => readonly ScriptConfig[];
  readonly #hands: ScriptHands;
  readonly #path: string;
  readonly #waiting: Job[] = [];
  readonly #counts = { ended: 0, failed: 0, overflowed: 0 };
  #running: { readonly job: Job; readonly mark: string } | null = null;
  #suspended = false;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  /** @param scripts those of now, asked with each event */
  constructor(scripts: () => readonly ScriptConfig[], hands: ScriptHands) {
    this.#scripts = scripts;
    this.#hands = hands;
    this.#path = join(hands.directory, 'script.json');
    if (scripts().length > 0) this.#tellInterrupted();
  }

  take(event: ScriptEvent): void {
    if (this.#ended) return;
    for (const config of this.#scripts()) {
      if (config.events.includes('*') || config.events.includes(event.event)) this.#push(config, event);
    }
    this.#goOn();
  }

  /** Nothing new is begun; what runs goes on, and what comes waits. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.#goOn();
  }

  status(): ScriptQueueStatus {
    const job = this.#running?.job ?? null;
    return {
      suspended: this.#suspended || this.#hands.isHeld(),
      running: job === null ? null : publicOf(job),
      waiting: this.#waiting.map(publicOf),
      ...this.#counts,
    };
  }

  /** What runs is ended, what waits is dropped: both are logged. */
  end(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#running !== null) signalMarked(this.#running.mark, 'SIGKILL');
    if (this.#running !== null || this.#waiting.length > 0)
      this.#hands.logger.warn(
        { running: this.#running?.job.script ?? null, waiting: this.#waiting.map(publicOf) },
        'scripts were not run to their end',
      );
    this.#waiting.length = 0;
  }

  #push(config: ScriptConfig, input: ScriptEvent): void {
    const job: Job = { event: input.event, time: input.time, script: config.run[0] ?? '', config, input };
    if (this.#waiting.length < WAITING_MAX) return void this.#waiting.push(job);
    this.#counts.overflowed++;
    this.#hands.logger.warn({ ...publicOf(job), overflowed: this.#counts.overflowed }, 'too many scripts wait: one is left out');
  }

  #goOn(): void {
    if (this.#ended || this.#running !== null || this.#suspended || this.#waiting.length === 0) return;
    if (this.#hands.isHeld()) {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#goOn();
      }, HELD_LOOK_MS);
      return;
    }
    const job = this.#waiting.shift();
    if (job !== undefined) void this.#run(job);
  }

  async #run(job: Job): Promise<void> {
    const { logger, environment } = this.#hands;
    const mark = randomUUID();
    const about = publicOf(job);
    this.#running = { job, mark };
    this.#note(about);
    const process = new CommandProcess({
      argv: job.config.run,
      timeoutMs: job.config.timeoutMs,
      environment: {
        ...environment,
        HEARTWIRE_EVENT: job.event,
        HEARTWIRE_EVENT_NODE: String(job.input.node),
        HEARTWIRE_EVENT_TIME: job.time,
        [MARK]: mark,
      },
      input: `${JSON.stringify(job.input)}\n`,
      say: (output) => logger.info({ ...about, output }, 'a script says'),
    });
    const { ok, reason } = await process.ended;
    await endMarked(mark, 0); // nothing of it runs on beside the next one
    this.#counts.ended++;
    if (!ok) this.#counts.failed++;
    if (!ok && !this.#ended) logger.warn({ ...about, reason }, 'a script has failed');
    this.#note(null);
    this.#running = null;
    this.#goOn();
  }

  /** A disk that fails keeps no script from running. */
  #note(about: QueuedScript | null): void {
    try {
      if (about === null) rmSync(this.#path, { force: true });
      else writeDurably(this.#path, `${JSON.stringify(about)}\n`);
    } catch (error) {
      this.#hands.logger.warn({ reason: String(error) }, 'which script runs cannot be written down');
    }
  }

  #tellInterrupted(): void {
    try {
      const text = readIfThere(this.#path);
      if (text === null) return;
      this.#hands.logger.warn({ script: text.trim() }, 'a script was cut off when the daemon ended; it is not run again');
      rmSync(this.#path, { force: true });
    } catch (error) {
      this.#hands.logger.warn({ reason: String(error) }, 'which script ran last cannot be read');
    }
  }
}

function publicOf({ event, time, script }: QueuedScript): QueuedScript {
  return { event, time, script };
}
