// Messages and announcements as bytes: CBOR (RFC 8949) in an envelope with a version, so that any language can read
// them. What comes in is another machine's: it is checked before it is believed, and what is not understood is null,
// never an exception.
import { Decoder, Encoder } from 'cbor-x';
import type { Message } from '../membership/messages.ts';
import type { Announcement } from '../types.ts';
import { lengthened, shortened } from './short-forms.ts';
import { announcementShape, messageShape } from './shapes.ts';

export const CODEC_VERSION = 1;

// Bytes within a message are copied, since what it came in may be overwritten.
const settings = { useRecords: false, copyBuffers: true, mapsAsObjects: true, int64AsType: 'bigint', tagUint8Array: false } as const;
const encoder = new Encoder(settings);
const decoder = new Decoder(settings);

export function encodeAs(what: string, value: unknown): Uint8Array {
  return encoder.encode([CODEC_VERSION, what, value]);
}

/** How long it is. */
export function bytesOf(value: unknown): number {
  return encoder.encode(value).length;
}

export function encodeMessage(message: Message): Uint8Array {
  return encodeAs('message', shortened(message));
}

export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  return encodeAs('announcement', announcement);
}

/** What was encoded as `what`, not checked any further; null: it is not that. */
export function decodeAs(what: string, bytes: Uint8Array): unknown {
  try {
    const envelope: unknown = decoder.decode(bytes);
    if (!Array.isArray(envelope) || envelope.length !== 3 || envelope[0] !== CODEC_VERSION || envelope[1] !== what) return null;
    return envelope[2];
  } catch {
    return null;
  }
}

/** Null: not understood (another version, or nonsense). */
export function decodeMessage(bytes: Uint8Array): Message | null {
  const said = decodeAs('message', bytes);
  if (Array.isArray(said)) return lengthened(said);
  const checked = messageShape.safeParse(said);
  return checked.success ? checked.data : null;
}

/** Null: not understood. */
export function decodeAnnouncement(bytes: Uint8Array): Announcement | null {
  const checked = announcementShape.safeParse(decodeAs('announcement', bytes));
  return checked.success ? checked.data : null;
}
