// Questions about a member's progress, and their answers: its message thread answers them without JavaScript
// (native/core/message/question.h), from what was published last.
import { z } from 'zod';
import type { Progress } from '../rounds/progress.ts';
import { decodeAs, encodeAs } from './codec.ts';

const QUESTION_MARK = 0;
const ANSWER_MARK = 1;
const HEAD_BYTES = 17;
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
        }),
      ),
      leftOut: z.array(node),
    }),
  ),
  lastAcks: z.array(z.object({ node, protocol: text, kind: text, round: z.number(), ok: z.boolean(), atMs: z.number() })),
  notOpened: z.array(z.object({ kind: text, sinceMs: z.number() })),
  waiting: z.array(z.object({ what: text, nodes: z.array(node), sinceMs: z.number() })),
});

export interface ProgressAnswer {
  readonly id: number;
  /** How long ago it was published, when it was asked. */
  readonly ageMs: number;
  readonly progress: Progress | null;
}

export function encodeQuestion(id: number): Uint8Array {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setBigUint64(1, BigInt(id));
  bytes[0] = QUESTION_MARK;
  return bytes;
}

export function isAnswer(bytes: Uint8Array): boolean {
  return bytes[0] === ANSWER_MARK;
}

export function encodeProgress(progress: Progress): Uint8Array {
  return encodeAs('progress', progress);
}

/** Null: not understood. `progress` null: it has published nothing yet, or nothing that is understood here. */
export function decodeAnswer(bytes: Uint8Array): ProgressAnswer | null {
  if (!isAnswer(bytes) || bytes.length < HEAD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checked = shape.safeParse(decodeAs('progress', bytes.subarray(HEAD_BYTES)));
  return {
    id: Number(view.getBigUint64(1)),
    ageMs: Number(view.getBigUint64(9)) / NS_PER_MS,
    progress: checked.success ? checked.data : null,
  };
}
