// Every error that Heartwire shows, in one table: code, what it says, exit code, and the way out. One
// table, since a code that is thrown in one place, documented in another and matched in a third drifts
// apart; a test holds docs/errors.md against it. `{name}` in a message is filled when it is thrown.

/** Exit codes of the command line. */
export const EXIT = {
  ok: 0,
  /** `status`: something is not as it should be. */
  degraded: 1,
  /** Wrong usage, configuration or key file. */
  usage: 2,
  /** No daemon answers. */
  noDaemon: 3,
  /** The caller may not do this. */
  forbidden: 4,
  /** The cluster refuses it now; nothing has changed. */
  refused: 5,
  /** The machine fails: files, sockets, permissions of the daemon. */
  system: 6,
  /** An error of Heartwire itself. */
  unexpected: 70,
} as const;

export const errorTable = {
  HW_USAGE: { message: '{reason}', exitCode: 2, hint: 'See `heartwire help`.' },

  HW_CONFIG_UNREADABLE: {
    message: 'The configuration cannot be read: {reason}',
    exitCode: 2,
    hint: 'Name the file with --config FILE; `heartwire config example` prints one to start from.',
  },
  HW_CONFIG_SYNTAX: { message: 'The configuration is not YAML: {reason}', exitCode: 2, hint: 'Mend the line that is named.' },
  HW_CONFIG_INVALID: {
    message: 'The configuration is not valid:\n{reason}',
    exitCode: 2,
    hint: 'Mend the lines that are named; docs/configuration.md lists every field.',
  },
  HW_CONFIG_STALE: {
    message:
      'The edit started from version {base} of the default configuration, which is version {now} by now. What that one has otherwise:\n{difference}',
    exitCode: 5,
    hint: 'Make the edit in the version of now (`heartwire config edit` without a file), and try again.',
  },
  HW_NODE_UNKNOWN: {
    message: 'There is no node {name} here; known are {known}.',
    exitCode: 2,
    hint: 'Name one of them (where a node starts: --node NAME, or its host name).',
  },
  HW_NO_WITNESS: {
    message: 'The configuration names no witness (quorum: {quorum}).',
    exitCode: 2,
    hint: 'Add a section `witness` for two nodes, or start an ordinary node with `heartwire run`.',
  },

  HW_DISK_VOTERS: {
    message: 'A shared disk is the third vote of two nodes; the configuration has the voters {voters}.',
    exitCode: 2,
    hint: 'Name two in `voters`, or leave the disk out.',
  },
  HW_DISK_NOT_EMPTY: {
    message: 'There is something on the disk, and it is left as it is.',
    exitCode: 2,
    hint: 'Look at it with `blkid -p DEVICE`. If it may be lost, and no daemon uses it, give --force.',
  },
  HW_DISK_FAILED: {
    message: 'The disk cannot be prepared: {reason}',
    exitCode: 6,
    hint: 'Name a block device (or a file) that offers direct I/O and can be written, at least 12 KiB long.',
  },

  HW_KEY_FILE_FAILED: {
    message: 'The key file cannot be used: {reason}',
    exitCode: 2,
    hint: 'Make one with `heartwire key generate FILE`, and copy it to every node.',
  },
  HW_KEY_FILE_MODE: {
    message: 'The key file can be read by others (mode {mode}).',
    exitCode: 2,
    hint: 'chmod 600 FILE; if others may have read it, make a new key.',
  },
  HW_KEY_FILE_OWNER: {
    message: 'The key file belongs to uid {uid}, who is neither root nor this process.',
    exitCode: 2,
    hint: 'chown root FILE.',
  },
  HW_KEY_FILE_SYNTAX: {
    message: 'The key file is not valid: {reason}',
    exitCode: 2,
    hint: 'A line is an id from 1 to 255, a space, and 32 to 64 bytes in base64; `heartwire key generate` writes such lines.',
  },
  HW_KEY_FILE_EXISTS: {
    message: 'The file exists already, and is left as it is.',
    exitCode: 2,
    hint: 'Choose another name, or add a key to it with --append.',
  },
  HW_KEY_ID_TAKEN: { message: 'Key id {id} is in use already.', exitCode: 2, hint: 'Choose another with --id N (1 to 255).' },

  HW_NO_DAEMON: {
    message: 'No Heartwire daemon answers at {socket} ({reason}).',
    exitCode: 3,
    hint: 'Start one with `heartwire run`, or name its socket with --socket PATH.',
  },
  HW_SOCKET_AMBIGUOUS: {
    message: 'Several daemons run here: {sockets}.',
    exitCode: 2,
    hint: 'Name one with --cluster NAME or --socket PATH.',
  },
  HW_DAEMON_SILENT: {
    message: 'The daemon at {socket} has not answered in {seconds} s: its event loop may be blocked.',
    exitCode: 3,
    hint: 'Another node tells how far this one has got, and how old that is: run `heartwire progress --node NAME` there, with the name of this node.',
  },
  HW_CONNECTION_LOST: {
    message: 'The daemon closed the connection.',
    exitCode: 3,
    hint: 'See the log of the daemon; it may have been stopped.',
  },
  HW_SOCKET_IN_USE: {
    message: 'Another daemon answers at {socket}.',
    exitCode: 6,
    hint: 'Stop it, or give this one a socket of its own (control.socket, or --socket).',
  },
  HW_SOCKET_FAILED: {
    message: 'The control socket cannot be made at {socket}: {reason}',
    exitCode: 6,
    hint: 'The folder must exist or be creatable, and belong to root; control.socket names another place.',
  },
  HW_GROUP_UNKNOWN: {
    message: 'There is no group {group} on this machine.',
    exitCode: 2,
    hint: 'groupadd --system {group}, or leave control.group out: then only root may command.',
  },
  HW_FORBIDDEN: {
    message: 'uid {uid} may not command this daemon.',
    exitCode: 4,
    hint: 'Be root, the user that the daemon runs as, or a member of the group in control.group.',
  },
  HW_PARAMETER_INVALID: {
    message: 'These parameters cannot be set: {reason}.',
    exitCode: 2,
    hint: '`heartwire parameters list` shows names, units and ranges.',
  },
  HW_REQUEST_INVALID: {
    message: 'The request is not valid: {reason}',
    exitCode: 2,
    hint: 'docs/api.md, section "The control socket", lists the requests.',
  },
  HW_REQUEST_TOO_LONG: { message: 'The request is longer than {bytes} bytes.', exitCode: 2, hint: 'Send one JSON object per line.' },
  HW_CLIENT_TOO_SLOW: { message: 'The reader falls behind: {amount} wait for it.', exitCode: 6, hint: 'Read faster, or ask for less.' },
  HW_TOO_MANY_CLIENTS: { message: 'The daemon serves {count} clients already.', exitCode: 6, hint: 'Close some of them.' },

  HW_OPERATION_ABORTED: {
    message: 'It was not done, anywhere: {reason}',
    exitCode: 5,
    hint: 'Mend what the node that is named says, and try again.',
  },
  HW_OUTCOME_UNKNOWN: {
    message: 'It is not known here whether it was done: {reason}',
    exitCode: 5,
    hint: 'It is decided as soon as a majority is there again; `heartwire why` says who is awaited.',
  },
  HW_REFUSED: { message: 'The cluster refuses this: {reason}', exitCode: 5, hint: '`heartwire status` shows why.' },
  HW_ADDRESS_INVALID: {
    message: '{address} is no address with prefix length.',
    exitCode: 2,
    hint: 'Write it like 10.77.0.100/24 or fd00::100/64.',
  },
  HW_NOT_RUNNING: { message: 'This node has left the cluster, or has not joined yet.', exitCode: 5, hint: 'Join first: Cluster.join().' },
  HW_ABORTED: {
    message: 'The operation was called off by its AbortSignal.',
    exitCode: 5,
    hint: 'Nothing to mend: the caller asked for it.',
  },

  HW_STATE_DIRECTORY: {
    message: 'The state directory cannot be used: {reason}',
    exitCode: 6,
    hint: 'It must exist or be creatable, be writable for this user, and keep its files over restarts; state_directory names another.',
  },
  HW_STATE_LOCKED: {
    message: 'Another process uses this state directory.',
    exitCode: 6,
    hint: 'A node runs once. For a second node on this machine, name another with state_directory or --state-directory.',
  },
  HW_NATIVE: {
    message: 'The native engine failed: {reason}',
    exitCode: 6,
    hint: 'See the reason; an addon that does not load is rebuilt by `npm run build`.',
  },
  HW_PERMISSION: {
    message: 'The system refuses this to the native engine: {reason}',
    exitCode: 6,
    hint: 'Run the daemon as root, or give it the capabilities that the README names.',
  },
  HW_NO_SESSION: {
    message: 'There is no session with node {node}.',
    exitCode: 5,
    hint: 'The node is silent, or holds another key: see `heartwire status` on both sides.',
  },
  HW_QUEUE_OVERFLOW: {
    message: 'Too many messages or operations wait for node {node}.',
    exitCode: 5,
    hint: 'Wait until some are done, then try again.',
  },
  HW_MESSAGE_TOO_LONG: { message: 'The message is too long: {bytes} bytes.', exitCode: 2, hint: 'Send at most 1 MiB at once.' },

  HW_STAGE_REFUSED: {
    message: 'This machine lets us make no network namespaces: {reason}',
    exitCode: 6,
    hint: 'Run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0; in a container: --privileged).',
  },
  HW_STAGE_COMMAND: {
    message: 'A command on the stage failed: {reason}',
    exitCode: 6,
    hint: 'The stage needs unshare and nsenter (package util-linux), ip (iproute2), and for lossy networks nft (nftables).',
  },
  HW_STAGE_TOOL_MISSING: { message: 'A program of the stage is not built: {tool}.', exitCode: 6, hint: 'npm run build' },
  HW_STAGE_TIMEOUT: {
    message: 'Not seen within {duration}: {what}',
    exitCode: 6,
    hint: 'A machine with much other load may be too slow; if it happens again, please report it with this text.',
  },

  HW_ALREADY_STARTED: { message: 'The node is started already.', exitCode: 70, hint: 'A node is started once; stop it first.' },
  HW_BOOT_REUSED: {
    message: 'A start after stop() needs a new, larger boot number.',
    exitCode: 70,
    hint: 'Make a new node object, or give start() a larger boot number.',
  },
  HW_BAD_ARGUMENT: {
    message: 'The native engine was called wrongly: {reason}',
    exitCode: 70,
    hint: 'Please report it, with this text and the log.',
  },
  HW_ILLEGAL_TRANSITION: {
    message: 'A protocol tried what its states do not allow: {reason}',
    exitCode: 70,
    hint: 'Please report it, with this text and the log.',
  },
  HW_UNEXPECTED: { message: 'An error of Heartwire itself: {reason}', exitCode: 70, hint: 'Please report it, with this text and the log.' },
} as const;

export type ErrorCode = keyof typeof errorTable;

type Placeholder<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholder<Rest> : never;
type Values<Code extends ErrorCode> = { readonly [Name in Placeholder<(typeof errorTable)[Code]['message' | 'hint']>]: string | number };

export interface ErrorOptionsOf {
  /** Where: "demo.yaml:12:5", a path, a socket. */
  readonly place?: string;
  readonly cause?: unknown;
}

/** How an error looks in JSON: in `--json` output, in logs and on the control socket. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: string | null;
  readonly hint: string;
}

/** What went wrong (`message`), where (`place`), and the way out (`hint`). `code` is stable: match on it. */
export class HeartwireError extends Error {
  readonly code: ErrorCode;
  readonly place: string | null;
  readonly hint: string;

  private constructor(record: ErrorRecord, cause: unknown) {
    super(record.message, cause === undefined ? undefined : { cause });
    this.name = 'HeartwireError';
    this.code = record.code;
    this.place = record.place;
    this.hint = record.hint;
  }

  /** Makes the error `code` with its message filled in. */
  static of<Code extends ErrorCode>(code: Code, values: Values<Code>, options: ErrorOptionsOf = {}): HeartwireError {
    const { message, hint } = errorTable[code];
    return new HeartwireError(
      { code, message: fill(message, values), place: options.place ?? null, hint: fill(hint, values) },
      options.cause,
    );
  }

  /** Makes an error again that came from elsewhere: the daemon, the native engine, a protocol's reply. */
  static from(
    record: { readonly code: string; readonly message: string; readonly place?: string | null; readonly hint?: string },
    cause?: unknown,
  ): HeartwireError {
    const code = isErrorCode(record.code) ? record.code : 'HW_UNEXPECTED';
    return new HeartwireError(
      { code, message: record.message, place: record.place ?? null, hint: record.hint ?? errorTable[code].hint },
      cause,
    );
  }

  /** For the exit of a command. */
  get exitCode(): number {
    return errorTable[this.code].exitCode;
  }

  /** @returns plain JSON without stack or cause. */
  toJSON(): ErrorRecord {
    return { code: this.code, message: this.message, place: this.place, hint: this.hint };
  }
}

/** Any thrown value as a HeartwireError: as it is, by its code, or as HW_UNEXPECTED. */
export function asHeartwireError(error: unknown): HeartwireError {
  if (error instanceof HeartwireError) return error;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && isErrorCode(error.code)) {
    return HeartwireError.from({ code: error.code, message: error.message }, error);
  }
  return HeartwireError.of('HW_UNEXPECTED', { reason: error instanceof Error ? error.message : String(error) }, { cause: error });
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}
