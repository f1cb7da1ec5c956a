// Changes the configuration of a running cluster: an edit goes to all nodes and changes nothing that runs; `apply` shows
// what it would do, asks, and tells how far it has got.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConfigurationApplied } from '../api/configurations.ts';
import type { Daemon } from '../api/daemon.ts';
import { parseConfig } from '../config/load.ts';
import { overrideLines } from '../config/overrides.ts';
import { planOf } from '../config/versions/plan.ts';
import { planText } from '../config/versions/plan-text.ts';
import { HeartwireError } from '../errors.ts';
import type { ConfigurationReport } from '../runtime/types.ts';
import { type DaemonOptions, withDaemon } from './daemon-options.ts';
import { leftOutLines, leftOutOf } from './left-out.ts';
import { printJson, printLine } from './output.ts';

const LOOK_MS = 100;

export interface EditOptions extends DaemonOptions {
  readonly base?: number;
}

export interface ApplyOptions extends DaemonOptions {
  readonly yes?: boolean;
  /** Which default configuration is meant. */
  readonly of?: number;
}

/** @throws HeartwireError HW_CONFIG_*, HW_CONFIG_STALE, HW_USAGE, and what the daemon says */
export async function editConfiguration(file: string | undefined, options: EditOptions): Promise<void> {
  await withDaemon(options, async (daemon) => {
    const report = await daemon.configurations.report();
    const text = file === undefined ? edited(report.text) : read(file);
    const folder = dirname(resolve(file ?? '.'));
    const config = parseConfig(text, file ?? 'your edit', folder).config;
    const before = parseConfig(report.text, 'the default configuration', folder).config;
    // What was set stays set, whether the edit names it or not.
    const plan = planOf(before, { ...config, parameters: before.parameters });
    if (options.json !== true) printLine(planText({ ...plan, steps: plan.steps.filter(({ part }) => part !== 'machine') }));
    const { version } = await daemon.configurations.edit(text, { base: options.base ?? report.default.version });
    if (options.json === true) return printJson({ version, ...plan });
    if (version === report.default.version) return printLine(`The default configuration is version ${version} as before.`);
    const leftOut = leftOutOf(await daemon.status());
    const done = `The default configuration is version ${version} on ${nodesText(leftOut)}. What runs has not changed: \`heartwire config apply\` does that.`;
    printLine([done, ...leftOutLines(leftOut)].join('\n'));
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw HeartwireError.of('HW_CONFIG_UNREADABLE', { reason: (error as Error).message }, { place: file, cause: error });
  }
}

/** In the editor of whoever sits at the terminal. */
function edited(text: string): string {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi';
  if (!process.stdin.isTTY)
    throw HeartwireError.of('HW_USAGE', { reason: 'Without a terminal, name the file with the new configuration.' });
  const folder = mkdtempSync(join(tmpdir(), 'heartwire-'));
  try {
    const path = join(folder, 'heartwire.yaml');
    writeFileSync(path, text, { mode: 0o600 });
    // As git and others do: the variable may hold options, too.
    const { status } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
    if (status !== 0)
      throw HeartwireError.of('HW_USAGE', { reason: `The editor ${editor} failed with exit code ${status}, and nothing was edited.` });
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws HeartwireError HW_OPERATION_ABORTED, HW_OUTCOME_UNKNOWN, HW_REFUSED, HW_USAGE */
export async function applyConfiguration(options: ApplyOptions): Promise<void> {
  await withDaemon(options, async (daemon) => {
    const report = await daemon.configurations.report();
    const version = options.of ?? report.default.version;
    if (options.json !== true) printLine([fromTo(report), planText(report.plan), ...overrideLines(report.parameters)].join('\n'));
    // Where there is nothing to do there is nothing to ask.
    if (options.yes !== true && report.plan.differs.some((part) => part !== 'machine')) await confirmed();
    const applied = await watched(options, daemon.configurations.apply({ version }));
    const leftOut = applied === null ? [] : leftOutOf(await daemon.status());
    if (options.json === true)
      return printJson({
        applied: applied !== null,
        version,
        protocol: applied?.protocol ?? null,
        late: applied?.late ?? null,
        leftOut,
        ...report.plan,
      });
    if (applied === null) return printLine('Nothing to do.');
    const done = `Version ${applied.version} is active on ${nodesText(leftOut)} (reconfiguration ${applied.protocol}).`;
    printLine([done, ...leftOutLines(leftOut)].join('\n'));
    if (applied.late !== null) printLine(`Not there yet: ${applied.late}; see \`heartwire status\`.`);
  });
}

function nodesText(leftOut: readonly string[]): string {
  return leftOut.length === 0 ? 'all nodes' : 'all nodes that are here';
}

export function fromTo({ active, default: wanted }: ConfigurationReport): string {
  return `from version ${active.version}, which runs, to version ${wanted.version}, the default one`;
}

async function confirmed(): Promise<void> {
  if (!process.stdin.isTTY) throw HeartwireError.of('HW_USAGE', { reason: 'Without a terminal, say --yes to apply what is shown.' });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Apply it to the running cluster? [y/N] ').finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw HeartwireError.of('HW_USAGE', { reason: 'Nothing was applied.' });
}

/** Tells of each round while it waits. */
async function watched(options: DaemonOptions, change: Promise<ConfigurationApplied | null>): Promise<ConfigurationApplied | null> {
  if (options.json === true) return change;
  const ended = new AbortController();
  const ending = change.finally(() => ended.abort());
  const telling = withDaemon(options, (daemon) => tellRounds(daemon, ended.signal)).catch(() => undefined);
  try {
    return await ending;
  } finally {
    await telling;
  }
}

async function tellRounds(daemon: Daemon, signal: AbortSignal): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    const { progress } = await daemon.progress();
    const change = progress?.protocols.find(({ kind }) => kind === 'reconfigure');
    const line =
      change === undefined
        ? ''
        : `${change.protocol}: ${change.roundName} (${change.round + 1} of ${change.rounds.length}); waits for ${change.waitsFor}`;
    if (line !== '' && line !== told) process.stderr.write(`${line}\n`);
    told = line;
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** @throws HeartwireError as the daemon says */
export async function syncConfiguration(options: DaemonOptions): Promise<void> {
  const { version } = await withDaemon(options, (daemon) => daemon.configurations.sync());
  if (options.json === true) printJson({ version });
  else printLine(`The default configuration of this node is version ${version} on all nodes.`);
}

/** @throws HeartwireError as the daemon says */
export async function abortConfiguration(options: DaemonOptions): Promise<void> {
  const { protocol } = await withDaemon(options, (daemon) => daemon.configurations.abort());
  if (options.json === true) printJson({ protocol });
  else printLine(`The reconfiguration ${protocol} is to be aborted; it is not if it was decided just before.`);
}
