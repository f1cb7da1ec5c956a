// What a member publishes of its progress, and how another reads it: its message thread answers questions without
// JavaScript (native/core/message/question.h), from what was published last.
import { z } from 'zod';
import type { Progress } from '../rounds/progress.ts';
import { decodeAs, encodeAs } from './codec.ts';

const HEAD_BYTES = 8;
const NS_PER_MS = 1e6;

const node = z.number().int().min(0).max(65535);
const text = z.string().max(1000);
const shape: z.ZodType<Progress> = z.object({
  node,
  atMs: z.number(),
  role: text,
  protocols: z.array(
    z.object({
      protocol: text,
      kind: text,
      proposedBy: node,
      rounds: z.array(text),
      round: z.number(),
      roundName: text,
      sinceMs: z.number(),
      roundSinceMs: z.number(),
      waitsFor: text,
      members: z.array(
        z.object({
          node,
          acknowledged: z.number(),
          refused: text.nullable(),
          lastAckMs: z.number().nullable(),
          awaited: z.boolean(),
          alive: z.boolean().nullable(),
          stalled: z.boolean(),
          silentLinks: z.array(z.object({ link: z.number(), sinceMs: z.number() })),
        }),
      ),
      leftOut: z.array(node),
    }),
  ),
  lastAcks: z.array(z.object({ node, protocol: text, kind: text, round: z.number(), ok: z.boolean(), atMs: z.number() })),
  notOpened: z.array(z.object({ kind: text, nodes: z.array(node), sinceMs: z.number() })),
  waiting: z.array(z.object({ what: text, nodes: z.array(node), sinceMs: z.number() })),
});

export interface ProgressAnswer {
  /** How long ago it was published, when it was asked. */
  readonly ageMs: number;
  /** Null: it has published nothing yet, or nothing that is understood here. */
  readonly progress: Progress | null;
}

export function encodeProgress(progress: Progress): Uint8Array {
  return encodeAs('progress', progress);
}

/** As much of it as fits: the oldest, since they are what others wait for. */
export function publishable(progress: Progress, bytesMax: number): Uint8Array {
  for (const most of [50, 10, 1]) {
    const { protocols, notOpened, waiting } = progress;
    const short = {
      ...progress,
      protocols: protocols.slice(0, most),
      notOpened: notOpened.slice(0, most),
      waiting: waiting.slice(0, most),
    };
    const bytes = encodeProgress(short);
    if (bytes.length <= bytesMax) return bytes;
  }
  return encodeProgress({ ...progress, protocols: [], lastAcks: [], notOpened: [], waiting: [] });
}

/** @param bytes of a native event `answer`: age in ns, then what was published. Null: not understood. */
export function decodeAnswer(bytes: Uint8Array): ProgressAnswer | null {
  if (bytes.length < HEAD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checked = shape.safeParse(decodeAs('progress', bytes.subarray(HEAD_BYTES)));
  return { ageMs: Number(view.getBigUint64(0, true)) / NS_PER_MS, progress: checked.success ? checked.data : null };
}
