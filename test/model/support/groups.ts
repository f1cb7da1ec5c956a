// Resource groups in the model: of each a seat of its own in the engine, what the kernel carries for it, and its commands. What
// must hold of them in every state: one owner, one carrier of an address, whatever seats it is known with, and no command that
// still runs where its group was given up in good order (X2, R6, R8).
//
// Not walked: news of a holder by beats (`holder`); they come by messages alone. The seats of a dead node come free together.
import type { NodeState } from '../../../lib/protocol/node.ts';
import { type Reconfiguration, roundsFor } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import { counterpart, groupsOf, hostOf } from '../../../lib/protocol/reconfiguration/layout.ts';
import { MANAGER_SEAT, type NodeId, type ResourceGroup, type VirtualAddress } from '../../../lib/protocol/types.ts';
import { newSeat, type Seat } from '../../scenarios/support/seat.ts';
import type { Model, ModelNode } from './model.ts';
import { quietUntilMs } from './silence.ts';

/** What a node has of one group, outside its protocol. */
export interface GroupPart {
  readonly seat: Seat;
  /** Digests of what runs. */
  commands: readonly string[];
  /** They are being stopped, so that the group can be given up. */
  stopping: boolean;
}

export const NO_PARTS: readonly GroupPart[] = [];
export const NO_LIMITS: Readonly<Record<number, number>> = {};

/** Where no group was ever known it is the manager's. */
export function seatOf(node: ModelNode, number: number): Seat {
  return number === MANAGER_SEAT ? node.seat : partOf(node, number).seat;
}

export function partOf(node: ModelNode, number: number): GroupPart {
  const known = node.parts.find(({ seat }) => seat.number === number);
  if (known !== undefined) return known;
  const part = { seat: newSeat(number, node.reservedOfGroups[number] ?? 0n, quietUntilMs(node)), commands: [], stopping: false };
  part.seat.voting = node.seat.voting;
  node.parts = [...node.parts, part].sort((left, right) => left.seat.number - right.seat.number);
  return part;
}

/** The manager's, and those of groups that there are. */
export function seatsOf(node: ModelNode): Seat[] {
  return node.parts.length === 0 ? [node.seat] : [node.seat, ...node.parts.flatMap(({ seat }) => (seat.exists ? [seat] : []))];
}

/** Does this voter know the seat? */
export function knows(node: ModelNode, number: number): boolean {
  return number === MANAGER_SEAT || node.parts.some(({ seat }) => seat.number === number && seat.exists);
}

export const groupIn = (state: NodeState | null, number: number): ResourceGroup | undefined => state?.groups.get(number)?.config;

export function carry(node: ModelNode, number: number, addresses: readonly VirtualAddress[]): void {
  if (number !== MANAGER_SEAT) partOf(node, number).seat.exists = true;
  node.lists = { ...node.lists, [number]: addresses.map(hostOf) };
}

export function closeSeat(node: ModelNode, number: number): void {
  const part = partOf(node, number);
  Object.assign(part.seat, { exists: false, phase: 'none' });
  Object.assign(part, { commands: [], stopping: false });
}

/** With the addresses on, its commands start. */
export function startCommands(node: ModelNode, number: number): void {
  const part = partOf(node, number);
  if (part.seat.phase === 'owned') part.commands = (groupIn(node.state, number)?.commands ?? []).slice(0, node.limits[number]);
}

/** @returns what is wrong with giving it up now */
export function stopped(node: ModelNode, number: number): string | null {
  const part = partOf(node, number);
  const { commands } = part;
  part.stopping = false;
  if (commands.length === 0) return null;
  part.commands = [];
  return `node ${node.id} gives up seat ${number}, and ${commands.join(', ')} still run`;
}

/** Round `stop` of a change: what goes or differs, and all that comes after it, neither runs nor is started where the group comes to. */
export function narrow(node: ModelNode, body: Reconfiguration, round: number): void {
  if (roundsFor(body)[round] !== 'stop') return;
  for (const group of groupsOf(body.from)) {
    const part = partOf(node, group.seat);
    const kept = counterpart(group, body.to)?.commands ?? [];
    const differs = (group.commands ?? []).findIndex((digest, place) => kept[place] !== digest);
    if (differs < 0) continue;
    node.limits = { ...node.limits, [group.seat]: differs };
    part.commands = part.commands.slice(0, differs);
  }
}

/** What runs by now is what was agreed on, or what there was before. */
export function widen(node: ModelNode): void {
  node.limits = NO_LIMITS;
  for (const { seat, stopping } of node.parts) if (seat.phase === 'owned' && !stopping) startCommands(node, seat.number);
}

/** Null, or what is owned twice. */
export function groupsBroken({ nodes }: Model): string | null {
  const carried = new Map<string, string>();
  for (const node of nodes) {
    if (!node.running || node.parts.length === 0) continue;
    for (const { number, phase } of seatsOf(node)) {
      if (phase !== 'owned') continue;
      for (const what of [`seat ${number}`, ...(node.lists[number] ?? [])]) {
        const other = carried.get(what);
        if (other !== undefined) return `${what} is of node ${node.id} with seat ${number}, and of ${other}`;
        carried.set(what, `node ${node.id} with seat ${number}`);
      }
    }
  }
  return null;
}

/** Once all is over: every group has one holder, everybody knows which, and there is what was agreed on. */
export function groupsUnsettled(model: Model): string | null {
  const here = model.nodes.filter(({ running }) => running);
  for (const node of here) {
    const layout = node.state?.configurations?.active.layout;
    if (layout === undefined) continue;
    const known = [...(node.state?.groups.values() ?? [])].map(({ config }) => config);
    if (JSON.stringify(known) !== JSON.stringify(groupsOf(layout)))
      return `node ${node.id} has other groups than it runs: ${known.map(({ name, holders }) => `${name} ${holders.join()}`).join('; ')}`;
  }
  const groups = groupsOf(here[0]?.state?.configurations?.active.layout ?? { addresses: [], nodes: [], voters: [], voterSet: 0 });
  return groups.map((group) => unheld(here, group)).find((wrong) => wrong !== null) ?? null;
}

function unheld(here: readonly ModelNode[], group: ResourceGroup): string | null {
  const { name, seat, holders } = group;
  const owners = here.filter((node) => seatOf(node, seat).phase === 'owned');
  const may = holders.filter((id) => here.some((node) => node.id === id));
  if (may.length === 0) return null;
  const [owner] = owners;
  if (owners.length !== 1 || owner === undefined) return `${name} is held by ${named(owners)}; ${may.join(', ')} could`;
  if (!holders.includes(owner.id)) return `${name} is held by node ${owner.id}, and is for ${holders.join()}`;
  const list = group.addresses.map(hostOf);
  if (owner.lists[seat]?.join() !== list.join())
    return `${name} has ${list.join()}, and node ${owner.id} carries ${owner.lists[seat]?.join()}`;
  const commands = group.commands ?? [];
  if (partOf(owner, seat).commands.join() !== commands.join())
    return `of ${name} ${partOf(owner, seat).commands.join()} run, not ${commands.join()}`;
  const wrong = here.find(({ state }) => state?.groups.get(seat)?.holder !== owner.id);
  return wrong === undefined
    ? null
    : `node ${wrong.id} takes ${wrong.state?.groups.get(seat)?.holder} for the holder of ${name}, not ${owner.id}`;
}

const named = (nodes: readonly { readonly id: NodeId }[]): string => nodes.map(({ id }) => id).join(' and ') || 'nobody';
