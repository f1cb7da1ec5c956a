// Why a story failed, in few lines, since often only some forty lines around a failure are seen: the error, what happened last
// at all nodes in one list, and how each node stands. All that was logged goes to a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HeartwireEvent } from '../../../lib/api/event.ts';
import type { Daemon } from '../../../lib/demo/daemon.ts';
import type { MemberProgram } from '../../../lib/demo/member.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { type StagedCluster, summary } from '../../../lib/demo/staged-cluster.ts';
import { nodeName } from '../../../lib/demo/topology.ts';

/** What a story may take beyond its own limit: for the report, and to take its stage away. */
export const CLEANING_UP_MS = 60_000;

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const FOLDER = join('build', 'stories');
const LINES_MAX = 30;
const LINE_CHARACTERS_MAX = 160;
const STATUS_DEADLINE_MS = 2000;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** A story that takes too long fails by itself: mocha's own limit would not let it explain. */
export async function within(limitMs: number, playing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the story has not ended after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([playing, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of a story on a cluster of daemons, explained. */
export async function clusterReport(title: string, cluster: StagedCluster, error: unknown): Promise<Error> {
  const { stage, everyDaemon } = cluster;
  const list = inOrder(stage, newsOf(everyDaemon));
  const standing = await Promise.all(cluster.daemons.map(standingOf));
  const logs = everyDaemon.map((daemon) => `--- ${nodeName(daemon.node)} logged:\n${daemon.log}`);
  return explained(title, error, [...list.slice(-LINES_MAX), ...standing], [...list, ...logs]);
}

/** The same of a story on programs that call Heartwire. */
export function programReport(title: string, stage: Stage, members: readonly MemberProgram[], error: unknown): Error {
  const said = members.map(({ node, lines, errors }) => {
    return `--- ${nodeName(node)} said:\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n${errors}`;
  });
  const last = members.flatMap(({ node, lines }) => lines.slice(-6).map((line) => cut(`${nodeName(node)} ${JSON.stringify(line)}`)));
  const list = inOrder(stage, []);
  return explained(title, error, [...list.slice(-8), ...last], [...list, ...said]);
}

function explained(title: string, error: unknown, brief: readonly string[], all: readonly string[]): Error {
  const file = join(FOLDER, `${title.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}-${process.pid}.log`);
  const known = error instanceof Error ? error : new Error(String(error));
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  writeFileSync(join(ROOT, file), [title, known.stack ?? '', ...all, ''].join('\n'));
  known.stack = [known.stack, 'What happened last (ms since the stage was first touched):', ...brief, `All of it: ${file}`].join('\n');
  return known;
}

/** What was done and what was told, on one clock. */
function inOrder(stage: Stage, news: readonly Line[]): string[] {
  const steps = stage.steps.map(({ atMs, what }): Line => ({ atMs, text: `=== ${what}` }));
  const all = [...steps, ...news].sort((one, other) => one.atMs - other.atMs);
  const beganMs = steps[0]?.atMs ?? all[0]?.atMs ?? 0;
  return all.map(({ atMs, text }) => cut(`${(atMs - beganMs).toFixed(0).padStart(7)} ${text}`));
}

/** Each piece of news once, with all that told it (what a member passes on has the very time of the first one) and all its links. */
function newsOf(daemons: readonly Daemon[]): Line[] {
  const told = new Map<string, { readonly atMs: number; readonly text: string; readonly by: Set<number>; readonly links: Set<string> }>();
  for (const { node, events } of daemons)
    for (const event of events) {
      const text = textOf(event);
      const known = told.get(`${event.atMs} ${text}`) ?? { atMs: event.atMs, text, by: new Set(), links: new Set() };
      known.by.add(node);
      if (event.details['link'] !== undefined) known.links.add(String(event.details['link']));
      told.set(`${event.atMs} ${text}`, known);
    }
  return [...told.values()].map(({ atMs, text, by, links }) => ({ atMs, text: [`${[...by].join('+')}:`, text, ...links].join(' ') }));
}

function textOf({ event, node, details }: HeartwireEvent): string {
  const facts = Object.entries(details).filter(([name]) => name !== 'link' && name !== 'peer' && name !== 'transition');
  return `${event} ${nodeName(node)}${facts.map(([name, value]) => ` ${name}=${String(value)}`).join('')}`;
}

async function standingOf(daemon: Daemon): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('does not answer'), STATUS_DEADLINE_MS);
  });
  const status = daemon.status().then(summary, (error: unknown) => String(error));
  const text = daemon.running ? await Promise.race([status, silence]) : 'has ended';
  clearTimeout(timer);
  return cut(`at the end, ${nodeName(daemon.node)}: ${text}`);
}

function cut(line: string): string {
  return line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)}...` : line;
}
