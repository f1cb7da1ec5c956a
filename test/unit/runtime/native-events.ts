// A native event with nothing in it but what a test says.
import type { NativeEvent } from '../../../lib/native.ts';

export function nativeEvent(kind: string, fields: Partial<NativeEvent> = {}): NativeEvent {
  return { kind, node: 0, link: 0, seat: 0, flag: false, epoch: 0n, atNs: 5_000_001_000n, value: 0n, ...fields };
}
