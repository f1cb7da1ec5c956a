// How the command line speaks: text for people, JSON for programs, colour only on a terminal that wants it.
import { styleText } from 'node:util';
import { asHeartwireError, type HeartwireError } from '../errors.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours, unless `stream` is no terminal or NO_COLOR is set (no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Paint {
  const wanted = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  // Checked here for the stream that is meant; styleText itself would look at standard output.
  return wanted ? (style, text) => styleText(style, text, { validateStream: false }) : plain;
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line, so that streams of them are JSON lines. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** An error for people goes to stderr; for programs to stdout, where they read. Returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const known = asHeartwireError(error);
  if (json) printJson({ error: known.toJSON() });
  else process.stderr.write(`${errorText(known, paintFor(process.stderr))}\n`);
  return known.exitCode;
}

export function errorText(error: HeartwireError, paint: Paint): string {
  const place = error.place === null || error.message.includes(error.place) ? '' : `${error.place}: `;
  return `${paint('red', error.code)} ${place}${error.message}\n${paint('dim', `Way out: ${error.hint}`)}`;
}
