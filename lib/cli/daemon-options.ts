// Which daemon is meant. Most machines run one, so nothing need be said; where several run, they are
// named rather than guessed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { connect, type Daemon } from '../api/daemon.ts';
import { HeartwireError } from '../errors.ts';

const SOCKET_FOLDER = '/run/heartwire';
/** Longer than any answer takes, `progress` of another node (2 s) included. */
const SILENT_MS = 5000;

export interface DaemonOptions {
  readonly socket?: string;
  readonly cluster?: string;
  readonly json?: boolean;
}

/** Adds --socket, --cluster and --json. */
export function withDaemonOptions(command: Command): Command {
  return withJson(command)
    .addOption(new Option('--socket <path>', 'control socket of the daemon').env('HEARTWIRE_SOCKET'))
    .addOption(new Option('--cluster <name>', `the daemon whose socket is ${SOCKET_FOLDER}/NAME.sock`).conflicts('socket'));
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON');
}

/** @throws HeartwireError HW_NO_DAEMON, HW_SOCKET_AMBIGUOUS */
export function socketOf(options: DaemonOptions, folder: string = SOCKET_FOLDER): string {
  if (options.socket !== undefined) return options.socket;
  if (options.cluster !== undefined) return join(folder, `${options.cluster}.sock`);
  const sockets = listSockets(folder);
  if (sockets.length > 1) throw HeartwireError.of('HW_SOCKET_AMBIGUOUS', { sockets: sockets.join(', ') });
  const only = sockets[0];
  if (only === undefined) throw HeartwireError.of('HW_NO_DAEMON', { socket: `${folder}/*.sock`, reason: 'there is no socket' });
  return only;
}

/** Connects, does one thing, closes. */
export async function withDaemon<Result>(options: DaemonOptions, act: (daemon: Daemon) => Promise<Result>): Promise<Result> {
  const daemon = await connect(socketOf(options));
  try {
    return await act(daemon);
  } finally {
    daemon.close();
  }
}

/** The same, for what is answered at once. @throws HeartwireError HW_DAEMON_SILENT */
export function askDaemon<Result>(options: DaemonOptions, act: (daemon: Daemon) => Promise<Result>): Promise<Result> {
  return withDaemon(options, async (daemon) => {
    let patience: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const silent = (): void => reject(HeartwireError.of('HW_DAEMON_SILENT', { socket: daemon.socket, seconds: SILENT_MS / 1000 }));
      patience = setTimeout(silent, SILENT_MS);
    });
    return Promise.race([act(daemon), silence]).finally(() => clearTimeout(patience));
  });
}

function listSockets(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sock'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
