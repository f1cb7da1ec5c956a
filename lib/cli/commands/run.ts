// `heartwire run`: one node of the cluster, in the foreground, until it is told to end.
import { Command, Option } from 'commander';
import pino from 'pino';
import { Cluster, type JoinOptions } from '../../api/cluster.ts';
import type { HeartwireEvent } from '../../api/event.ts';
import { asHeartwireError, EXIT } from '../../errors.ts';
import type { Logger } from '../../runtime/types.ts';
import { withJson } from '../daemon-options.ts';

interface RunOptions {
  readonly config: string;
  readonly node?: string;
  readonly socket?: string;
  readonly stateDirectory?: string;
  readonly logLevel: string;
}

export type Join = (config: string, options: JoinOptions) => Promise<Cluster>;

const CRASH_LEAVE_MS = 2000;
const ALARMING: readonly HeartwireEvent['event'][] = ['client-lost', 'manager-lost', 'standby-lost', 'quorum-lost', 'split-brain', 'duplicate-node', 'address-conflict', 'address-failed', 'journal-failed', 'observer-late'];

export function runCommand(join: Join = Cluster.join): Command {
  return withJson(new Command('run').description('run this node in the foreground; the log is JSON on standard output'))
    .addOption(new Option('--config <file>', 'the configuration').env('HEARTWIRE_CONFIG').default('/etc/heartwire/heartwire.yaml'))
    .option('--node <name>', 'which of its nodes this is (default: by host name)')
    .option('--socket <path>', 'control socket, instead of control.socket')
    .option('--state-directory <folder>', 'instead of state_directory')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .action(async (options: RunOptions) => {
      process.exitCode = await run(options, join);
    });
}

async function run(options: RunOptions, join: Join): Promise<number> {
  const logger = pino({ name: 'heartwire', level: options.logLevel }, pino.destination({ dest: 1, sync: true }));
  const stop = new AbortController();
  const releaseSignals = onStopSignals(stop, logger);
  try {
    const cluster = await join(options.config, joinOptions(options, logger));
    return await serve(cluster, stop.signal, logger);
  } catch (error) {
    const known = asHeartwireError(error);
    logger.error({ ...known.toJSON(), ...(known.code === 'HW_UNEXPECTED' ? { stack: known.cause instanceof Error ? known.cause.stack : undefined } : {}) }, 'not running');
    process.stderr.write(`${known.code}: ${known.message}\nWay out: ${known.hint}\n`);
    return known.exitCode;
  } finally {
    releaseSignals();
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
  logger.info({ cluster: cluster.config.cluster, node: cluster.node, pid: process.pid }, 'running');
  cluster.on('event', (event) => logger[ALARMING.includes(event.event) ? 'warn' : 'info'](withoutDescription(event), event.event));
  const reload = (): void => reloadKeys(cluster, logger);
  process.on('SIGHUP', reload);
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
  const failed = await Promise.race([failure, stopped]);
  process.off('SIGHUP', reload);
  if (failed !== null) return failed;
  logger.info({}, 'leaving');
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

function reloadKeys(cluster: Cluster, logger: Logger): void {
  try {
    cluster.reloadKeys();
  } catch (error) {
    logger.error(asHeartwireError(error).toJSON(), 'keys not reloaded; the old ones stay');
  }
}

function withoutDescription(event: HeartwireEvent): object {
  const { description, ...rest } = event;
  return { ...rest, name: description?.name };
}
