// A configuration with what was set written into it (C17). Every node derives it, by these functions alone, from the two things
// that it keeps: the version that people have given the cluster, and the set of parameters that the cluster has agreed on. So
// both are written by one replacement of one small file, active and default configuration at once, and no crash can leave
// one without the other. The file's own lines stay as they are: the section comes last, or where it was.
import { isMap, isPair, isScalar, parseDocument } from 'yaml';
import { parameterDefinitions, type ParameterName } from '../protocol/parameters/definitions.ts';
import { ofNode, ofPair, type ParameterSet, type Scope, type Setting } from '../protocol/parameters/settings.ts';
import { type ClusterConfig, nodeByName, type ParameterConfig } from './config.ts';
import { formatDurationUs } from './duration.ts';

const SECTION = 'parameters';
const HEADING = '# Set while the cluster ran; `heartwire parameters set` changes it.';
const US_PER_MS = 1000;

/** @returns the configuration that a node has which keeps both */
export function configurationWith(config: ClusterConfig, { settings }: ParameterSet): ClusterConfig {
  const parameters = settings.flatMap((setting) => parameterIn(config, setting)).sort(inOrder);
  return { ...config, parameters, text: textWith(config.text, parameters) };
}

/** The set that a configuration names. */
export function settingsIn(config: Pick<ClusterConfig, 'nodes' | 'parameters' | 'file'>): Setting[] {
  const idOf = (name: string): number => nodeByName(config as ClusterConfig, name).id;
  const scopeOf = ([one, other]: readonly string[]): Scope => {
    if (one === undefined) return { node: null, pair: null };
    return other === undefined ? ofNode(idOf(one)) : ofPair(idOf(one), idOf(other));
  };
  return config.parameters.map(({ name, nodes, value }) => ({ name, ...scopeOf(nodes), value }));
}

/** Do both name the same set? In whatever order. */
export function sameParameters(left: readonly ParameterConfig[], right: readonly ParameterConfig[]): boolean {
  const lines = (parameters: readonly ParameterConfig[]): string => parameters.map(lineOf).sort().join('\n');
  return lines(left) === lines(right);
}

/** Nothing of it for a node that the configuration does not have. */
function parameterIn({ nodes }: ClusterConfig, { name, node, pair, value }: Setting): ParameterConfig[] {
  const ids = pair ?? (node === null ? [] : [node]);
  const names = ids.flatMap((id) => nodes.filter((each) => each.id === id).map((each) => each.name));
  return names.length === ids.length ? [{ name, nodes: names, value }] : [];
}

function inOrder(left: ParameterConfig, right: ParameterConfig): number {
  return lineOf(left) < lineOf(right) ? -1 : 1;
}

/** None: the text without such a section. */
export function textWith(text: string, parameters: readonly ParameterConfig[]): string {
  const rest = withoutSection(text);
  if (parameters.length === 0) return rest;
  const end = rest === '' || rest.endsWith('\n') ? '' : '\n';
  const section = [HEADING, `${SECTION}:`, ...parameters.map((each) => `  - ${lineOf(each)}`), ''].join('\n');
  const whole = `${rest}${end}${section}`;
  return countIn(whole) === parameters.length ? whole : rewritten(rest, parameters);
}

function countIn(text: string): number | null {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return null;
  const { [SECTION]: list } = document.toJS() as { readonly [SECTION]?: readonly unknown[] };
  return list?.length ?? null;
}

/** A file that takes no further lines, such as JSON. */
function rewritten(text: string, parameters: readonly ParameterConfig[]): string {
  const document = parseDocument(text);
  if (parameters.length === 0) document.delete(SECTION);
  else document.set(SECTION, document.createNode(parameters.map(fieldsOf)));
  return document.toString({ lineWidth: 0 });
}

function withoutSection(text: string): string {
  const { contents } = parseDocument(text, { prettyErrors: false });
  if (!isMap(contents)) return text;
  const pair = contents.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === SECTION);
  if (pair === undefined) return text;
  const start = (pair.key as { range?: readonly number[] | null }).range?.[0] ?? null;
  const end = (pair.value as { range?: readonly number[] | null } | null)?.range?.[1] ?? null;
  if (contents.flow === true || start === null || end === null) return rewritten(text, []);
  const before = text.slice(0, start);
  const after = text.slice(end);
  // What follows a value on its own line is a comment on it.
  const kept = text[end - 1] === '\n' ? after : after.slice(after.indexOf('\n') + 1 || after.length);
  return `${before.endsWith(`${HEADING}\n`) ? before.slice(0, -HEADING.length - 1) : before}${kept}`;
}

function fieldsOf({ name, nodes, value }: ParameterConfig): Record<string, unknown> {
  const [one, other] = nodes;
  const whom = one === undefined ? {} : other === undefined ? { node: one } : { between: [one, other] };
  return { name, ...whom, value: valueOf(name, value) };
}

function lineOf(parameter: ParameterConfig): string {
  const fields = Object.entries(fieldsOf(parameter)).map(([field, value]) => {
    const isName = field === 'node' || field === 'between';
    return `${field}: ${isName ? JSON.stringify(value) : String(value)}`;
  });
  return `{${fields.join(', ')}}`;
}

function valueOf(name: ParameterName, value: number): string | number {
  const { unit } = parameterDefinitions[name];
  if (unit !== 'us' && unit !== 'ms') return value;
  return formatDurationUs(unit === 'us' ? value : value * US_PER_MS);
}
