// What a changed configuration would change, and what has run here before. Reads the state directory and writes nothing, so
// it may be asked while the node runs.
import { resolve } from 'node:path';
import type { ClusterConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { overrideLines, overridesOf } from '../config/overrides.ts';
import { planOf } from '../config/versions/plan.ts';
import { planText } from '../config/versions/plan-text.ts';
import { configurationWith, settingsIn } from '../config/written-parameters.ts';
import { HeartwireError } from '../errors.ts';
import { ConfigurationVersions } from '../runtime/configuration-versions.ts';
import { readParameters } from '../runtime/parameter-file.ts';
import type { ConfigurationReport } from '../runtime/types.ts';
import { fromTo } from './config-change.ts';
import { type DaemonOptions, withDaemon } from './daemon-options.ts';
import { paintFor, printJson, printLine } from './output.ts';
import { table } from './table.ts';

export interface VersionOptions extends DaemonOptions {
  readonly stateDirectory?: string;
}

const CHECKSUM_DIGITS = 12;

/** Without a file the running daemon is asked. @throws HeartwireError HW_CONFIG_*, HW_USAGE, HW_STATE_DIRECTORY */
export async function diffConfig(file: string | undefined, newer: string | undefined, options: VersionOptions): Promise<void> {
  if (file === undefined) return diffRunning(options);
  const given = loadConfig(file).config;
  if (newer === undefined) return diffWithActive(file, given, options);
  const plan = planOf(given, loadConfig(newer).config);
  if (options.json === true) printJson({ from: file, to: newer, ...plan });
  else printLine(`from ${file} to ${newer}\n${planText(plan)}`);
}

/** What was set goes on with whatever file a start is given. */
function diffWithActive(file: string, given: ClusterConfig, options: VersionOptions): void {
  const { directory, versions } = versionsOf(given, options);
  const { active } = versions;
  if (active === null)
    throw HeartwireError.of('HW_USAGE', {
      reason: `No configuration has run here yet (state directory ${directory}). Name two files to compare.`,
    });
  const config = versions.read(active.version);
  const kept = readParameters(directory);
  const [before, after] = kept === null ? [config, given] : [configurationWith(config, kept), configurationWith(given, kept)];
  const plan = planOf(before, after);
  const parameters = overridesOf(after, kept ?? { version: 0n, settings: settingsIn(after) });
  if (options.json === true) return printJson({ from: `version ${active.version}`, to: file, ...plan, parameters });
  printLine([`from version ${active.version} to ${file}`, planText(plan), ...overrideLines(parameters)].join('\n'));
}

async function diffRunning(options: VersionOptions): Promise<void> {
  const report = await withDaemon(options, (daemon) => daemon.configurations.report());
  const { active, default: wanted, plan, parameters } = report;
  if (options.json === true) return printJson({ from: `version ${active.version}`, to: `version ${wanted.version}`, ...plan, parameters });
  printLine([fromTo(report), planText(plan), ...overrideLines(parameters)].join('\n'));
}

/** Without a file the running daemon is asked. @throws HeartwireError HW_CONFIG_*, HW_STATE_DIRECTORY */
export async function configHistory(file: string | undefined, options: VersionOptions): Promise<void> {
  const { active, history } = file === undefined ? await historyOfDaemon(options) : historyOn(loadConfig(file).config, options);
  const entries = history.map(({ atMs, ...entry }) => ({ ...entry, since: new Date(atMs).toISOString() }));
  if (options.json === true) {
    const list = entries.map(({ version, since, ...checksums }) => ({ version, since, ...checksums }));
    return printJson({ active, history: list });
  }
  if (entries.length === 0) return printLine('No configuration has run here yet.');
  const short = (checksum: string): string => checksum.slice(0, CHECKSUM_DIGITS);
  const rows = entries.map((entry) => [
    String(entry.version),
    entry.since,
    short(entry.topology),
    short(entry.resources),
    short(entry.settings),
    entry.parameters === null ? '' : `${entry.parameters.version} ${short(entry.parameters.checksum)}`,
  ]);
  printLine(table(['version', 'since', 'topology', 'resources', 'settings', 'parameters'], rows, paintFor(process.stdout)));
}

interface History {
  readonly active: number | null;
  readonly history: ConfigurationReport['history'];
}

function historyOn(config: ClusterConfig, options: VersionOptions): History {
  const { versions } = versionsOf(config, options);
  return { active: versions.active?.version ?? null, history: versions.history };
}

async function historyOfDaemon(options: VersionOptions): Promise<History> {
  const { active, history } = await withDaemon(options, (daemon) => daemon.configurations.report());
  return { active: active.version, history };
}

function versionsOf(
  config: ClusterConfig,
  options: VersionOptions,
): { readonly directory: string; readonly versions: ConfigurationVersions } {
  const directory = options.stateDirectory === undefined ? config.stateDirectory : resolve(options.stateDirectory);
  return { directory, versions: ConfigurationVersions.open(directory) };
}
