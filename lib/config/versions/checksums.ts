// Separate checksums for topology, resources and settings (R4): nodes compare these instead of whole configurations, and
// know at once which part of a change concerns them. What belongs to one machine has none, since it may differ.
import { createHash } from 'node:crypto';
import type { ClusterConfig } from '../config.ts';
import { type Component, componentsOf, type Part } from './components.ts';

/** SHA-256 of each part in its canonical form, 64 hexadecimal digits. */
export interface Checksums {
  readonly topology: string;
  readonly resources: string;
  readonly settings: string;
}

export function checksumsOf(config: ClusterConfig): Checksums {
  const components = componentsOf(config);
  const of = (part: keyof Checksums): string => checksum(components, part);
  return { topology: of('topology'), resources: of('resources'), settings: of('settings') };
}

/** Of what was set, which the cluster agrees on by itself (P1). */
export function parametersChecksum(config: ClusterConfig): string {
  return checksum(componentsOf(config), 'parameters');
}

function checksum(components: readonly Component[], part: Part): string {
  const canonical = components
    .filter((component) => component.part === part)
    .map(({ kind, identity, fields }) => [kind, identity, Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1))]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/** All three in one, 64 hexadecimal digits: what nodes compare before a change. */
export function digestOf({ topology, resources, settings }: Checksums): string {
  return createHash('sha256').update(`${topology}${resources}${settings}`).digest('hex');
}

export function sameChecksums(left: Checksums, right: Checksums): boolean {
  return left.topology === right.topology && left.resources === right.resources && left.settings === right.settings;
}

/** A whole configuration, with what was set: the same on all members that have the same, 64 hexadecimal digits. */
export function wholeDigestOf(config: ClusterConfig): string {
  return createHash('sha256')
    .update(`${digestOf(checksumsOf(config))}${parametersChecksum(config)}`)
    .digest('hex');
}
