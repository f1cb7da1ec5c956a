// Processors and memory that come and go while the machine runs, as sysfs shows them. It does not notify, so it is read now
// and then; and it shows a change only when it has happened, so that this tells people and programs, and announces nothing.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoticeHands, NoticeSource, NoticeType } from './source.ts';

const EVERY_MS = 5000;
/** The states of more blocks than these are not read: then only blocks that come or go altogether are seen. */
const BLOCKS_MAX = 1024;

export interface MachineSize {
  /** As the kernel writes it: "0-3,6". */
  readonly processors: string;
  readonly memoryBytes: number;
}

/** @param root where sysfs is mounted; what is missing there counts as nothing */
export async function machineSize(root: string): Promise<MachineSize> {
  const memory = join(root, 'devices/system/memory');
  const blocks = (await readdir(memory).catch(() => [])).filter((name) => /^memory\d+$/.test(name));
  const online = blocks.length > BLOCKS_MAX ? blocks.length : await onlineOf(blocks.map((name) => join(memory, name, 'state')));
  const blockBytes = Number.parseInt(await text(join(memory, 'block_size_bytes')), 16);
  return {
    processors: await text(join(root, 'devices/system/cpu/online')),
    memoryBytes: online * (Number.isNaN(blockBytes) ? 0 : blockBytes),
  };
}

/** One after the other: hundreds of reads at once would hold up whatever else the process does. */
async function onlineOf(states: readonly string[]): Promise<number> {
  let online = 0;
  for (const state of states) if ((await text(state)) === 'online') online += 1;
  return online;
}

const text = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (content) => content.trim(),
    () => '',
  );

/**
 * @param root default /sys
 * @param everyMs between two looks
 */
export function hotPlug(root = '/sys', everyMs: number = EVERY_MS): NoticeSource {
  return { name: 'hot plug', types: ['cpu', 'memory'], start: (registered, hands) => watch(root, everyMs, registered, hands) };
}

function watch(root: string, everyMs: number, registered: ReadonlySet<NoticeType>, hands: NoticeHands): () => void {
  let before: MachineSize | null = null;
  let isLooking = false;
  let hasEnded = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const now = await machineSize(root);
    isLooking = false;
    if (hasEnded) return;
    if (before !== null) tell(before, now, registered, hands);
    before = now;
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => {
    hasEnded = true;
    clearInterval(timer);
  };
}

function tell(before: MachineSize, now: MachineSize, registered: ReadonlySet<NoticeType>, hands: NoticeHands): void {
  if (registered.has('cpu') && now.processors !== before.processors) hands.happened('cpu', { from: before.processors, to: now.processors });
  if (registered.has('memory') && now.memoryBytes !== before.memoryBytes)
    hands.happened('memory', { from: before.memoryBytes, to: now.memoryBytes });
}
