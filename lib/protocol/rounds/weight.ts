// How much room the body of a protocol takes, in memory and on the wire: what is remembered, and what goes into one message, is
// bounded by it. Never less than CBOR needs (RFC 8949), and quick: it is asked for each operation.

const HEAD_BYTES = 5;
const NUMBER_BYTES = 9;
/** A date is all in this. */
const OBJECT_BYTES = 24;
/** UTF-8 of one UTF-16 unit. */
const CHARACTER_BYTES = 3;
const HEX_DIGITS_OF_64_BITS = 16;

/** @throws RangeError it refers to itself */
export function encodedBytesMax(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return HEAD_BYTES + CHARACTER_BYTES * value.length;
    case 'number':
      return NUMBER_BYTES;
    case 'bigint':
      return NUMBER_BYTES + bytesBeyond64Bits(value);
    case 'object':
      return value === null ? 1 : objectBytesMax(value);
    default:
      return HEAD_BYTES;
  }
}

function bytesBeyond64Bits(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return 0;
  const digits = value.toString(16).length;
  return digits <= HEX_DIGITS_OF_64_BITS ? 0 : digits;
}

function objectBytesMax(value: object): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return NUMBER_BYTES + HEAD_BYTES + value.byteLength;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value) || value instanceof Set) for (const each of value) bytes += encodedBytesMax(each);
  else if (value instanceof Map) for (const [key, each] of value) bytes += encodedBytesMax(key) + encodedBytesMax(each);
  else for (const [key, each] of Object.entries(value)) bytes += encodedBytesMax(key) + encodedBytesMax(each);
  return bytes;
}
