// Checks a configuration as a start would, and tells what a start on this machine would warn of.
import { hostname } from 'node:os';
import { type ClusterConfig, ownNode } from '../config/config.ts';
import { formatDurationUs } from '../config/duration.ts';
import { hostWarnings } from '../config/host-warnings.ts';
import { readKeys, wipeKeys } from '../config/key-file.ts';
import { loadConfig } from '../config/load.ts';
import { overrideLines, overridesOf } from '../config/overrides.ts';
import { configWith } from '../config/parameters.ts';
import { settingsIn } from '../config/written-parameters.ts';
import { asHeartwireError } from '../errors.ts';
import type { ParameterSet } from '../protocol/parameters/settings.ts';
import { readParameters } from '../runtime/parameter-file.ts';
import { paintFor, printJson, printLine } from './output.ts';

export interface CheckOptions {
  readonly node?: string;
  readonly json?: boolean;
}

/** @throws HeartwireError HW_CONFIG_*, HW_NODE_UNKNOWN */
export function checkConfig(file: string, options: CheckOptions): void {
  const { config, warnings: fileWarnings } = loadConfig(file);
  const node = nodeHere(config, options.node);
  const { set, trouble } = keptParameters(config, node);
  const parameters = overridesOf(config, set);
  const warnings = [...fileWarnings, ...trouble, ...(node === null ? [] : [...keyWarnings(config), ...hostWarnings(config, node)])];
  if (options.json === true) {
    printJson({ valid: true, cluster: config.cluster, node, warnings, parameters });
    return;
  }
  const paint = paintFor(process.stdout);
  for (const warning of warnings) printLine(`${paint('yellow', 'warning')} ${warning}`);
  printLine(`${file} is valid: ${summary(configWith(config, set))}`);
  for (const line of overrideLines(parameters)) printLine(line);
  if (node === null)
    printLine(`This machine (${hostname()}) is none of its nodes, so its interfaces were not looked at; name one with --node.`);
}

/** A wrong --node is an error; a machine that is no node of the cluster may check its file all the same. */
function nodeHere(config: ClusterConfig, wanted: string | undefined): string | null {
  if (wanted !== undefined) return ownNode(config, wanted, hostname()).name;
  try {
    return ownNode(config, null, hostname()).name;
  } catch {
    return null;
  }
}

/** What this node goes on with, whatever the file says; what the file says, where nothing was set here. */
function keptParameters(config: ClusterConfig, node: string | null): { readonly set: ParameterSet; readonly trouble: readonly string[] } {
  const named = { version: 0n, settings: settingsIn(config) };
  try {
    return { set: (node === null ? null : readParameters(config.stateDirectory)) ?? named, trouble: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      set: named,
      trouble: [`state_directory: the parameters that were set cannot be read (${reason}), so they are not shown here`],
    };
  }
}

function keyWarnings(config: ClusterConfig): string[] {
  try {
    wipeKeys(readKeys(config.keyFiles));
    return [];
  } catch (error) {
    const { place, message, hint } = asHeartwireError(error);
    return [`${place ?? 'key_file'}: ${message} ${hint}`];
  }
}

function summary(config: ClusterConfig): string {
  const { heartbeat, voters } = config;
  const majority =
    config.quorum === 'disk'
      ? 'both voters, or one with the shared disk, must agree'
      : `${Math.floor(voters.length / 2) + 1} of ${voters.length} voters must agree`;
  const witness = config.witness === null ? '' : ` (${config.witness.node} is the witness)`;
  const needed = config.quorum === 'none' ? 'no quorum' : `${majority}${witness}`;
  const beats = `a beat every ${formatDurationUs(heartbeat.intervalUs)}, failure after ${formatDurationUs(heartbeat.timeoutUs)}`;
  return `cluster ${config.cluster}, nodes ${config.nodes.map((node) => node.name).join(', ')}, networks ${config.networks.map((network) => network.name).join(', ')}, ${needed}, ${beats}.`;
}
