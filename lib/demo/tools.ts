// Finds the two small programs of the stage (native/tools), which are built next to the addon.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HeartwireError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';

export type Tool = 'heartwire-vip-echo' | 'heartwire-vip-client';

// Where node-gyp puts what it builds.
const FOLDERS = ['build/Release', 'build/Debug'];

/** @throws HeartwireError HW_STAGE_TOOL_MISSING when it has not been built. */
export function toolPath(tool: Tool): string {
  const places = FOLDERS.map((folder) => join(packageRoot, folder, tool));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw HeartwireError.of('HW_STAGE_TOOL_MISSING', { tool: `${tool} (looked for ${places.join(', ')})` });
  }
  return found;
}
