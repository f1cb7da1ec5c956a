// What a node knows, for people: a plain copy.
import { diskFails } from './election/install.ts';
import { ordersSettled } from './election/tenure.ts';
import type { Member, NodeState } from './membership/state.ts';
import { standbyNetworkOf } from './membership/networks.ts';
import { engineQuorumOf } from './quorum.ts';
import type { Group } from './resources/group.ts';
import { areSettled, isHeld } from './resources/orders.ts';
import type { Epoch, MemberId, NodeDescription, NodeId, ResourceGroup, Role } from './types.ts';
import { type Waiting, waitingOf } from './waiting.ts';

export interface MemberSnapshot {
  readonly node: NodeId;
  readonly name: string;
  readonly memberId: MemberId | null;
  readonly role: Role;
  /** `unmanaged`: heard, or about to be incorporated. */
  readonly state: 'member' | 'unmanaged' | 'offline' | 'failed';
  readonly description: NodeDescription;
  readonly sinceMs: number;
  /** It has said that it does not answer until then. */
  readonly away: { readonly reason: string; readonly untilMs: number } | null;
}

export interface GroupSnapshot {
  readonly config: ResourceGroup;
  /** Null: nobody, as far as this node knows. */
  readonly holder: NodeId | null;
  readonly epoch: Epoch;
  /** Where it is being moved to by plan; only the manager knows. */
  readonly movesTo: NodeId | null;
  /** Orders that name all who could take it next count; null: only the manager knows. */
  readonly ordersInstalled: boolean | null;
  /** Nodes where its commands have failed. */
  readonly failedAt: readonly NodeId[];
}

export interface Snapshot {
  readonly node: NodeId;
  readonly memberId: MemberId | null;
  readonly role: Role;
  readonly roleSinceMs: number;
  readonly manager: NodeId | null;
  readonly standby: NodeId | null;
  readonly epoch: Epoch;
  /** Of the manager's lease, where this node is the manager; else null. */
  readonly quorate: boolean | null;
  readonly quorumNeeded: number;
  readonly votersPresent: number;
  readonly ordersInstalled: boolean | null;
  readonly activeNetwork: string;
  readonly standbyNetwork: string | null;
  /** All others that are known, by node id. */
  readonly members: readonly MemberSnapshot[];
  /** What it waits for, from whom, since when. */
  readonly waiting: readonly Waiting[];
  readonly virtualAddresses: NodeState['virtualAddresses'];
  readonly groups: readonly GroupSnapshot[];
  readonly troubles: readonly string[];
  /** This node itself. */
  readonly away: { readonly reason: string; readonly untilMs: number } | null;
}

const STATES = { active: 'member', heard: 'unmanaged', incorporating: 'unmanaged', failed: 'failed', offline: 'offline' } as const;

export function snapshot(state: NodeState): Snapshot {
  const { self, role, config } = state;
  const members = [...state.members.values()].sort((left, right) => left.node - right.node);
  const manages = role === 'manager';
  const present = members.filter((member) => member.phase === 'active' && config.voters.includes(member.node)).length;
  return {
    node: self.node,
    memberId: self.memberId,
    role,
    roleSinceMs: state.roleSinceMs,
    manager: manages ? self.node : state.manager,
    standby: role === 'standby' ? self.node : state.standby,
    epoch: state.epoch,
    quorate: manages ? state.seat === 'owned' : null,
    quorumNeeded: engineQuorumOf(config),
    votersPresent: present + (config.voters.includes(self.node) && role !== 'offline' ? 1 : 0),
    ordersInstalled: manages ? ordersSettled({ state }) : null,
    activeNetwork: state.activeNetwork,
    standbyNetwork: standbyNetworkOf({ state }),
    members: members.map((member) => memberOf(state, member)),
    waiting: waitingOf(state),
    virtualAddresses: state.virtualAddresses,
    groups: [...state.groups.values()].map((group) => groupOf(state, group)),
    troubles: troublesOf(state),
    away: state.absence === null ? null : { reason: state.absence.reason, untilMs: state.absence.untilMs },
  };
}

function groupOf(state: NodeState, group: Group): GroupSnapshot {
  const { config, holder, epoch, move, failedAt } = group;
  return {
    config,
    holder: isHeld({ state }, group) ? holder : null,
    epoch,
    movesTo: move?.target ?? null,
    ordersInstalled: state.role === 'manager' ? areSettled({ state }, group) : null,
    failedAt,
  };
}

function memberOf(state: NodeState, member: Member): MemberSnapshot {
  return {
    node: member.node,
    name: member.description.name,
    memberId: member.memberId,
    role: roleOf(state, member),
    state: STATES[member.phase],
    description: member.description,
    sinceMs: member.sinceMs,
    away: member.away === null ? null : { reason: member.away.reason, untilMs: member.away.untilMs },
  };
}

function roleOf(state: NodeState, member: Member): Role {
  if (member.phase === 'failed' || member.phase === 'offline') return member.role;
  if (member.phase !== 'active') return member.manages !== null ? 'manager' : 'unmanaged';
  if (member.node === state.manager) return 'manager';
  return member.node === state.standby ? 'standby' : 'client';
}

function troublesOf(state: NodeState): string[] {
  const { self, duplicates } = state;
  const troubles = [];
  if (duplicates.includes(self.node)) troubles.push('this node does not vote: another node uses its id');
  if (diskFails(state)) troubles.push('this node does not vote: the vote could not be written to disk');
  if (state.addressesFailed) troubles.push('the virtual addresses could not be put on here');
  for (const { addressesFailed, config } of state.groups.values())
    if (addressesFailed) troubles.push(`the virtual addresses of group ${config.name} could not be put on here`);
  for (const node of duplicates) if (node !== self.node) troubles.push(`two nodes use the id ${node}`);
  return troubles;
}
