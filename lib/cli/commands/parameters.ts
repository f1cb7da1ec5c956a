// `heartwire parameters`: looks at the communication parameters and changes them while the cluster runs (P1-P4).
import { Command, InvalidArgumentError } from 'commander';
import type { ParameterReport, ParameterScope, ParameterStatus } from '../../api/parameters.ts';
import { parseDurationUs, valueText } from '../../config/duration.ts';
import { HeartwireError } from '../../errors.ts';
import { isParameterName, parameterDefinitions, type ParameterUnit } from '../../protocol/parameters/definitions.ts';
import { askDaemon, type DaemonOptions, withDaemon, withDaemonOptions } from '../daemon-options.ts';
import { leftOutLines, leftOutOf } from '../left-out.ts';
import { type Paint, paintFor, printJson, printLine } from '../output.ts';
import { table } from '../table.ts';
import { whileShown } from '../waiting-line.ts';

interface ScopeOptions extends DaemonOptions {
  readonly node?: string;
  readonly pair?: readonly [string, string];
}

const US_PER_MS = 1000;

export function parametersCommand(): Command {
  return new Command('parameters')
    .description('show or change communication parameters while the cluster runs')
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(setCommand());
}

function listCommand(): Command {
  return withDaemonOptions(new Command('list').description('show all with their values, ranges, and what each does')).action(
    async (options: DaemonOptions) => {
      const report = await askDaemon(options, (daemon) => daemon.parameters.list());
      if (options.json === true) printJson(report);
      else printLine(parametersScreen(report, paintFor(process.stdout)));
    },
  );
}

function getCommand(): Command {
  return withScope(
    new Command('get')
      .description('show what holds for the cluster, at a node, or between two')
      .argument('<name>', 'such as heartbeat.interval'),
  ).action(async (name: string, options: ScopeOptions) => {
    const value = await askDaemon(options, (daemon) => daemon.parameters.get(name, scopeOf(options)));
    if (options.json === true) printJson({ name, value, unit: unitOf(name) });
    else printLine(valueText(unitOf(name), value));
  });
}

function setCommand(): Command {
  return withScope(
    new Command('set')
      .description('change one or several, on all members or on none')
      .argument('<name=value...>', 'such as heartbeat.interval=50ms; the value `default`: as configured'),
  ).action(async (words: readonly string[], options: ScopeOptions) => {
    const values = assignmentsOf(words);
    const { report, leftOut } = await whileShown('changing the parameters', options.json === true, () =>
      withDaemon(options, async (daemon) => {
        const changed = await daemon.parameters.set(values, scopeOf(options));
        return { report: changed, leftOut: leftOutOf(await daemon.status()) };
      }),
    );
    if (options.json === true) return printJson({ ...report, leftOut });
    const whom = leftOut.length === 0 ? 'all members' : 'all members that are here';
    printLine([`Changed on ${whom}: parameters ${report.version}.`, ...leftOutLines(leftOut)].join('\n'));
  });
}

function withScope(command: Command): Command {
  return withDaemonOptions(command)
    .option('--node <node>', 'for all pairs of a node, or what it sends; name or id')
    .option('--pair <a,b>', 'for two nodes; heartbeat parameters only', pairOf);
}

function pairOf(text: string): readonly [string, string] {
  const [one, other, ...more] = text.split(',');
  if (one === undefined || one === '' || other === undefined || other === '' || more.length > 0)
    throw new InvalidArgumentError('Give two nodes, such as node1,node2.');
  return [one, other];
}

function scopeOf({ node, pair }: ScopeOptions): ParameterScope {
  return { ...(node === undefined ? {} : { node }), ...(pair === undefined ? {} : { pair }) };
}

/** @throws HeartwireError HW_USAGE, HW_PARAMETER_INVALID */
function assignmentsOf(words: readonly string[]): Record<string, number | null> {
  const assignments = words.map(assignmentOf);
  const names = assignments.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw HeartwireError.of('HW_USAGE', { reason: `${twice} is given twice; give each parameter one value.` });
  return Object.fromEntries(assignments);
}

function assignmentOf(word: string): [string, number | null] {
  const at = word.indexOf('=');
  const name = word.slice(0, at);
  const text = word.slice(at + 1);
  if (at < 1 || text === '') throw HeartwireError.of('HW_USAGE', { reason: `Give NAME=VALUE, not ${word}.` });
  return [name, text === 'default' ? null : valueOf(unitOf(name), text, name)];
}

/** In the parameter's unit; times are written with theirs. */
function valueOf(unit: ParameterUnit, text: string, name: string): number {
  const us = unit === 'us' || unit === 'ms' ? parseDurationUs(text) : null;
  const value =
    us === null ? (unit === 'us' || unit === 'ms' ? (text === '0' ? 0 : Number.NaN) : Number(text)) : unit === 'us' ? us : us / US_PER_MS;
  if (Number.isFinite(value)) return value;
  const wanted = unit === 'us' || unit === 'ms' ? 'a time with its unit, such as 50ms' : `a number (${unit})`;
  throw HeartwireError.of('HW_PARAMETER_INVALID', { reason: `${name} takes ${wanted}, not ${text}` });
}

function unitOf(name: string): ParameterUnit {
  return isParameterName(name) ? parameterDefinitions[name].unit : 'count';
}

export function parametersScreen({ version, parameters }: ParameterReport, paint: Paint): string {
  const rows = parameters.map((parameter) => [
    parameter.name,
    parameter.cluster === parameter.configured ? text(parameter, parameter.cluster) : paint('yellow', text(parameter, parameter.cluster)),
    text(parameter, parameter.configured),
    `${text(parameter, parameter.min)} to ${text(parameter, parameter.max)}`,
    parameter.does,
  ]);
  const own = parameters.flatMap((parameter) => [
    ...parameter.pairs.map(({ nodes, value }) => `${parameter.name} between ${nodes.join(' and ')}: ${text(parameter, value)}`),
    ...parameter.nodes.map(({ node, value }) => `${parameter.name} of ${node}: ${text(parameter, value)}`),
  ]);
  const head = version === '0.0' ? 'as configured; nothing was changed' : `parameters ${version}`;
  return [head, table(['parameter', 'now', 'configured', 'range', 'what it does'], rows, paint), ...own].join('\n');
}

const text = ({ unit }: ParameterStatus, value: number): string => valueText(unit, value);
