// Records of durable protocols as bytes, for the disk: CBOR, checked when they are read again.
import { z } from 'zod';
import type { RoundRecord } from '../rounds/state.ts';
import { decodeAs, encodeAs } from './codec.ts';
import { acceptedShape, openingShape, outcomeShape } from './round-shapes.ts';

const shape: z.ZodType<RoundRecord> = z.strictObject({
  opening: openingShape,
  acknowledged: z.number().int().min(0).max(64),
  accepted: acceptedShape,
  outcome: outcomeShape.nullable(),
});

export function encodeRecord(record: RoundRecord): Uint8Array {
  return encodeAs('record', record);
}

/** Null: not understood. */
export function decodeRecord(bytes: Uint8Array): RoundRecord | null {
  const checked = shape.safeParse(decodeAs('record', bytes));
  return checked.success ? checked.data : null;
}
