// Separate checksums for topology, resources and settings (R4): nodes compare these instead of whole configurations, and
// know at once which part of a change concerns them. What belongs to one machine has none, since it may differ.
import { createHash } from 'node:crypto';
import type { ClusterConfig } from '../config.ts';
import { componentsOf } from './components.ts';

/** SHA-256 of each part in its canonical form, 64 hexadecimal digits. */
export interface Checksums {
  readonly topology: string;
  readonly resources: string;
  readonly settings: string;
}

export function checksumsOf(config: ClusterConfig): Checksums {
  const components = componentsOf(config);
  const checksum = (part: keyof Checksums): string => {
    const canonical = components
      .filter((component) => component.part === part)
      .map(({ kind, identity, fields }) => [kind, identity, Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1))]);
    return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
  };
  return { topology: checksum('topology'), resources: checksum('resources'), settings: checksum('settings') };
}

/** All three in one, 64 hexadecimal digits: what nodes compare. */
export function digestOf({ topology, resources, settings }: Checksums): string {
  return createHash('sha256').update(`${topology}${resources}${settings}`).digest('hex');
}

export function sameChecksums(left: Checksums, right: Checksums): boolean {
  return left.topology === right.topology && left.resources === right.resources && left.settings === right.settings;
}
