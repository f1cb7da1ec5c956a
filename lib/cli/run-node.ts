// The life of a daemon: start, log what happens, obey signals, leave cleanly. Apart from its command, since
// only it needs the engine, and every other command should answer at once.
import pino from 'pino';
import { Cluster, type JoinOptions } from '../api/cluster.ts';
import { asHeartwireError, EXIT } from '../errors.ts';
import type { Logger } from '../runtime/types.ts';
import { reportError } from './output.ts';

export interface RunOptions {
  readonly config: string;
  readonly node?: string;
  readonly socket?: string;
  readonly stateDirectory?: string;
  readonly logLevel: string;
}

export type Join = (config: string, options: JoinOptions) => Promise<Cluster>;

const CRASH_LEAVE_MS = 2000;

/** @returns the exit code */
export async function runNode(options: RunOptions, join: Join = Cluster.join): Promise<number> {
  const logger = pino({ name: 'heartwire', level: options.logLevel }, pino.destination({ dest: 1, sync: true }));
  const stop = new AbortController();
  const releaseSignals = onStopSignals(stop, logger);
  const reloads = new Reloads(logger);
  try {
    const cluster = await join(options.config, joinOptions(options, logger));
    reloads.serve(cluster);
    return await serve(cluster, stop.signal, logger);
  } catch (error) {
    const known = asHeartwireError(error);
    logger.error(
      {
        ...known.toJSON(),
        ...(known.code === 'HW_UNEXPECTED' ? { stack: known.cause instanceof Error ? known.cause.stack : undefined } : {}),
      },
      'not running',
    );
    return reportError(known, false);
  } finally {
    releaseSignals();
    reloads.release();
  }
}

function joinOptions(options: RunOptions, logger: Logger): JoinOptions {
  return {
    logger,
    ...(options.node === undefined ? {} : { node: options.node }),
    ...(options.socket === undefined ? {} : { control: options.socket }),
    ...(options.stateDirectory === undefined ? {} : { stateDirectory: options.stateDirectory }),
  };
}

/** Until a signal, or until the node fails. */
async function serve(cluster: Cluster, stop: AbortSignal, logger: Logger): Promise<number> {
  const failure = new Promise<number>((resolve) => {
    cluster.once('failed', (error) => {
      logger.error(error.toJSON(), 'failed');
      resolve(error.exitCode);
    });
    process.once('uncaughtException', (error) => void leaveAfterCrash(cluster, error, logger).then(resolve));
  });
  const stopped = new Promise<null>((resolve) => {
    if (stop.aborted) resolve(null);
    else stop.addEventListener('abort', () => resolve(null), { once: true });
  });
  logger.info({ cluster: cluster.config.cluster, node: cluster.node, pid: process.pid }, 'running');
  await notifySystemd('READY=1');
  const failed = await Promise.race([failure, stopped]);
  if (failed !== null) return failed;
  logger.info({}, 'leaving');
  await notifySystemd('STOPPING=1');
  await cluster.leave();
  logger.info({}, 'left');
  return EXIT.ok;
}

/** The first signal leaves cleanly; the second means now. */
function onStopSignals(stop: AbortController, logger: Logger): () => void {
  const signals = { SIGTERM: 15, SIGINT: 2 } as const;
  const handlers = Object.entries(signals).map(([signal, number]) => {
    const handler = (): void => {
      if (stop.signal.aborted) process.exit(128 + number);
      logger.info({ signal }, 'told to stop');
      stop.abort();
    };
    process.on(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => handlers.forEach((release) => release());
}

/** A bug must not leave addresses behind that nobody answers for. */
async function leaveAfterCrash(cluster: Cluster, error: Error, logger: Logger): Promise<number> {
  logger.error({ reason: error.message, stack: error.stack }, 'an error of Heartwire itself; leaving');
  const patience = setTimeout(() => process.exit(EXIT.unexpected), CRASH_LEAVE_MS);
  await cluster.leave().catch(() => {});
  clearTimeout(patience);
  return EXIT.unexpected;
}

/**
 * SIGHUP reads the keys again. It is obeyed from the first moment to the last: where nobody listens it ends
 * the process, and an owner that ends so neither hands over nor leaves. What is asked before the node runs is
 * done when it runs, since the file may have been read before it was changed.
 */
class Reloads {
  readonly #logger: Logger;
  #cluster: Cluster | null = null;
  #asked = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    process.on('SIGHUP', this.#reload);
  }

  serve(cluster: Cluster): void {
    this.#cluster = cluster;
    if (this.#asked) this.#reload();
  }

  release(): void {
    process.off('SIGHUP', this.#reload);
  }

  readonly #reload = (): void => {
    this.#asked = true;
    try {
      this.#cluster?.reloadKeys();
    } catch (error) {
      this.#logger.error(asHeartwireError(error).toJSON(), 'keys not reloaded; the old ones stay');
    }
  };
}

/** For units of Type=notify; nothing where systemd does not ask for it. */
async function notifySystemd(message: string): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const { native } = await import('../native.ts');
  native.sdNotify(message);
}
