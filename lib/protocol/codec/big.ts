// Epochs, boot and protocol numbers in messages: CBOR writes small bigints as plain integers, so both come in, and a bigint
// comes out. One check instead of a union with a pipe behind it, since every message has several of them.
import { z } from 'zod';

const END = 1n << 64n;

/** Null: it is no integer from 0 to 2^64 - 1. */
export function bigOf(value: unknown): bigint | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  return typeof value === 'bigint' && value >= 0n && value < END ? value : null;
}

/** 0 to 2^64 - 1. */
export const big: z.ZodType<bigint> = z.unknown().transform((value, context) => {
  const found = bigOf(value);
  if (found !== null) return found;
  context.issues.push({ code: 'custom', message: 'expected an integer from 0 to 2^64 - 1', input: value });
  return z.NEVER;
});
