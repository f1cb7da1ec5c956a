// The one way from a file to a configuration: YAML, then the schema, then the rules, then warnings. All
// problems of a stage are shown at once, each with file, line, column, field, what is wrong, and what
// would be right; a file with a problem changes nothing.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { HeartwireError } from '../errors.ts';
import type { ClusterConfig } from './config.ts';
import { explain } from './explain.ts';
import { type FieldPath, fieldName, type Place, readSource, type Source } from './places.ts';
import { type Problem, problemsOf } from './rules.ts';
import { type ConfigDraft, fileSchema } from './schema/file.ts';
import { warningsOf } from './warnings.ts';

export interface LoadedConfig {
  readonly config: ClusterConfig;
  /** Each with its place: "demo.yaml:12:5: heartbeat.timeout: ..." */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks a configuration file. Relative paths in it count from its own folder.
 * @throws HeartwireError HW_CONFIG_UNREADABLE, HW_CONFIG_SYNTAX, HW_CONFIG_INVALID
 */
export function loadConfig(file: string): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw HeartwireError.of('HW_CONFIG_UNREADABLE', { reason: (error as Error).message }, { place: file, cause: error });
  }
  const { config, warnings } = parseConfig(text, file, dirname(resolve(file)));
  return { config: { ...config, file: resolve(file) }, warnings };
}

/**
 * Checks a configuration given as text.
 * @param label what errors call it
 * @param folder absolute; relative paths count from it
 * @throws HeartwireError HW_CONFIG_SYNTAX, HW_CONFIG_INVALID
 */
export function parseConfig(text: string, label: string, folder: string): LoadedConfig {
  const source = readSource(text, label);
  const result = fileSchema.safeParse(source.value, { error: explain });
  if (!result.success) throw invalid(result.error.issues.flatMap((issue) => findings(issue, source)));
  const problems = problemsOf(result.data);
  if (problems.length > 0) throw invalid(problems.map((problem) => ({ ...problem, place: source.place(problem.path) })));
  const config = { ...settle(result.data, folder), text };
  return { config, warnings: inOrder(warningsOf(config).map((warning) => ({ ...warning, place: source.place(warning.path) }))) };
}

function settle(draft: ConfigDraft, folder: string): ClusterConfig {
  const { quorumChosen: _, ...config } = draft;
  const socket = resolve(folder, config.control.socket);
  return {
    ...config,
    keyFiles: config.keyFiles.map((file) => resolve(folder, file)),
    stateDirectory: resolve(folder, config.stateDirectory),
    voters: config.nodes.map((node) => node.name).filter((name) => config.voters.includes(name)),
    control: { ...config.control, socket },
  };
}

interface Finding extends Problem {
  readonly place: Place;
}

function findings(issue: z.core.$ZodIssue, source: Source): Finding[] {
  const path = issue.path as FieldPath;
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      place: source.placeOfKey([...path, key]),
      message: messages[index] ?? '',
    }));
  }
  return [{ path, place: issue.code === 'invalid_key' ? source.placeOfKey(path) : source.place(path), message: issue.message }];
}

/** One line each, from the top of the file to its end. */
function inOrder(found: readonly Finding[]): string[] {
  const sorted = [...found].sort((left, right) => left.place.offset - right.place.offset);
  return sorted.map(({ path, place, message }) => `${place.text}: ${fieldName(path) || 'the file'}: ${message}`);
}

function invalid(found: readonly Finding[]): HeartwireError {
  const first = [...found].sort((left, right) => left.place.offset - right.place.offset)[0];
  return HeartwireError.of(
    'HW_CONFIG_INVALID',
    { reason: inOrder(found).join('\n') },
    first === undefined ? {} : { place: first.place.text },
  );
}
