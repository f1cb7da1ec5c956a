// The kinds of peer protocols that this node knows. A new kind is one file and one line here.
import { commit } from '../commit/commit.ts';
import { parameters } from '../parameters/parameters.ts';
import { edit } from '../reconfiguration/edit.ts';
import { reconfigure } from '../reconfiguration/reconfigure.ts';
import type { PeerProtocol } from './kind.ts';

let byName: ReadonlyMap<string, PeerProtocol> | null = null;

/** A function, since the kinds import what imports this. */
export function kinds(): ReadonlyMap<string, PeerProtocol> {
  byName ??= new Map([commit, edit, reconfigure, parameters].map((protocol) => [protocol.kind, protocol]));
  return byName;
}
