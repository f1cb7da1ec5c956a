// Turns what the schema finds into sentences: what is wrong, then what would be right. Fields whose wrong
// values deserve words of their own have them in schema/; the rest is said here, in one voice.
import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';

type RawIssue = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list of two',
  object: 'a group of fields',
  record: 'a group of fields',
  null: 'empty',
};

/** For `safeParse(input, { error: explain })`. Several unknown keys get a line each, in the order of `keys`. */
export function explain(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing.${exampleOf(issue)}`
        : `must be ${kind(issue.expected)}, not ${kindOfValue(issue.input)}.${exampleOf(issue)}`;
    case 'invalid_value':
      return wrongChoice(issue.input, issue.values.map(String));
    case 'too_small':
      return `${amount(issue)} is too small. The least is ${String(issue.minimum)}.`;
    case 'too_big':
      return `${amount(issue)} is too big. The most is ${String(issue.maximum)}.`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, knownKeys(issue))).join('\n');
    case 'invalid_key':
      return 'has a key that is no name. Use letters, digits, dots, hyphens or underscores.';
    default:
      return undefined;
  }
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is not known here.${didYouMean(key, known) || ` Known are ${[...known].sort().join(', ')}.`}`;
}

function knownKeys(issue: RawIssue): string[] {
  const schema = issue.inst as { readonly shape?: Readonly<Record<string, unknown>> } | undefined;
  return Object.keys(schema?.shape ?? {});
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function wrongChoice(input: unknown, choices: readonly string[]): string {
  const list = choices.length > 1 ? `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}` : String(choices[0]);
  const guess = typeof input === 'string' ? didYouMean(input, choices) : '';
  return `${valueText(input)} is none of the choices. Write ${list}.${guess}`;
}

function amount(issue: RawIssue & { readonly code: 'too_small' | 'too_big' }): string {
  const counted = Array.isArray(issue.input) ? `A list of ${issue.input.length}` : null;
  return counted ?? (typeof issue.input === 'string' ? `A text of ${issue.input.length} letters` : String(issue.input));
}

function kind(expected: string): string {
  return KINDS[expected] ?? expected;
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of fields';
  return `${KINDS[typeof value] ?? typeof value} (${valueText(value)})`;
}

function exampleOf(issue: RawIssue): string {
  const schema = issue.inst as { meta?: () => { examples?: readonly unknown[] } | undefined } | undefined;
  const example = schema?.meta?.()?.examples?.[0];
  return example === undefined ? '' : ` Write for example ${String(example)}.`;
}
