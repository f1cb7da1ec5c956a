// What a program proposes, checked before anybody hears of it: what is too long for a message would be refused by each member,
// one after the other, when it is under way already.
import { bytesOf } from '../protocol/codec/codec.ts';
import type { Operation } from '../protocol/commit/commit.ts';
import { encodedBytesMax } from '../protocol/rounds/weight.ts';
import { HeartwireError } from '../errors.ts';

export interface ProposeOptions {
  /** `two-phase`: quicker, but waits for its coordinator (this node) where that and another are lost. Default `three-phase`: goes on with any majority. */
  readonly form?: 'two-phase' | 'three-phase';
  /** Votes and decision are on disk at every member before they count; survives the crash of all. Default: no. */
  readonly durable?: boolean;
  /** Undecided after so long it is ended: done nowhere, where that is still possible. Default 10,000. */
  readonly timeoutMs?: number;
}

/** As CBOR writes them. */
export const OPERATION_BYTES_MAX: number = 1 << 20;

/** @throws HeartwireError HW_MESSAGE_TOO_LONG, HW_REFUSED (CBOR cannot write it) */
export function operationOf(name: string, data: unknown, { form = 'three-phase', durable = false }: ProposeOptions): Operation {
  const bytes = lengthOf(data);
  if (bytes > OPERATION_BYTES_MAX) throw HeartwireError.of('HW_MESSAGE_TOO_LONG', { bytes });
  return { form, durable, name, data };
}

/** Exact where it comes near the limit. */
function lengthOf(data: unknown): number {
  try {
    const atMost = encodedBytesMax(data);
    return atMost <= OPERATION_BYTES_MAX ? atMost : bytesOf(data);
  } catch (error) {
    throw HeartwireError.of('HW_REFUSED', {
      reason: `the data cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}
