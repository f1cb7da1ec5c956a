// What benches write: a JSON file with one line a run, and the table beside it.
import { writeFileSync } from 'node:fs';

/** As it was typed. */
export function commandLine(script: string): string {
  const words = process.argv.slice(2).map((word) => (/^[\w=,./-]+$/.test(word) ? word : `'${word}'`));
  return ['npm run', script, ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
}

/** Those whose name contains one of the parts between commas, or is the part after '='; all without parts. */
export function chosen<T extends { readonly name: string }>(all: readonly T[], parts: string | undefined): T[] {
  if (parts === undefined) return [...all];
  const wanted = parts.split(',').map((part) => part.trim());
  const matches = (name: string, part: string): boolean => (part.startsWith('=') ? name === part.slice(1) : name.includes(part));
  const unknown = wanted.filter((part) => !all.some(({ name }) => matches(name, part)));
  if (unknown.length > 0)
    throw new RangeError(`nothing is called ${unknown.join(', ')}; there are: ${all.map(({ name }) => name).join('; ')}`);
  return all.filter(({ name }) => wanted.some((part) => matches(name, part)));
}

/** PATH.json and PATH.md. `lists` are written one item a line, so that files of many runs can be read and compared. */
export function writeResults(path: string, facts: object, lists: Readonly<Record<string, readonly unknown[]>>, markdown: string): void {
  const head = JSON.stringify(facts, null, 2).replace(/\n\}$/, '');
  const tail = Object.entries(lists).map(
    ([name, list]) => `  ${JSON.stringify(name)}: [\n${list.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`,
  );
  writeFileSync(`${path}.json`, `${[head, ...tail].join(',\n')}\n}\n`);
  writeFileSync(`${path}.md`, markdown);
}
