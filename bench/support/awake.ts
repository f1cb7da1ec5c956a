// CPUs that do not sleep, for those of a bench's peers that do not see to it themselves: Heartwire does while messages are dense
// (messages.keep_awake), and what that is worth must not be taken for something else.
import { closeSync, openSync, writeSync } from 'node:fs';
import { wakefulLatencyUs } from '../../lib/runtime/wakeful-latency.ts';

const DEVICE = '/dev/cpu_dma_latency';

/** Null: this machine does not let itself be kept awake. */
export async function whileAwake<T>(work: () => Promise<T>): Promise<T | null> {
  const device = opened();
  if (device === null) return null;
  try {
    const request = Buffer.alloc(4);
    request.writeInt32LE(wakefulLatencyUs());
    writeSync(device, request);
    return await work();
  } finally {
    closeSync(device);
  }
}

function opened(): number | null {
  try {
    return openSync(DEVICE, 'w');
  } catch (error) {
    process.stderr.write(`CPUs are not kept awake: ${String(error)}\n`);
    return null;
  }
}
