// Everything that takes part, in the order of the table.
import type { System } from './system.ts';
import { floor } from './systems/floor.ts';
import { heartwire } from './systems/heartwire.ts';
import { keepalived } from './systems/keepalived.ts';
import { pacemaker } from './systems/pacemaker.ts';
import { ucarp } from './systems/ucarp.ts';

export function allSystems(): System[] {
  return [
    heartwire('heartwire 1 ms x 3', 1000, 3000),
    heartwire('heartwire 10 ms x 3', 10_000, 30_000),
    heartwire('heartwire defaults', 100_000, 1_000_000),
    floor(1000, 3),
    keepalived('floor'),
    keepalived('defaults'),
    ucarp(),
    pacemaker(),
  ];
}
