// Options of a native node that disturbs nobody, with ports of its own.
import { quietOptions } from '../../../bench/support/native-options.ts';
import type { NativeNodeOptions } from '../../../lib/native.ts';

const PORTS_AT = 20_000;
const PORT_COUNT = 10_000;
let given = 0;

/** Three ports that no other node of this process has, and most likely nobody else. */
function freePort(): number {
  return PORTS_AT + ((process.pid * 97 + 3 * given++) % PORT_COUNT);
}

export function nativeOptions(changes: Partial<NativeNodeOptions> = {}): NativeNodeOptions {
  return quietOptions(freePort(), { clusterName: 'addon', ...changes });
}
