// What a node knows, for people: a plain copy, and in words what it waits for (X5).
import { ordersCount } from './election/orders.ts';
import type { NodeState } from './membership/state.ts';
import { standbyNetworkOf } from './membership/networks.ts';
import { quorumOf } from './quorum.ts';
import type { Epoch, MemberId, NodeDescription, NodeId, Role } from './types.ts';

export interface MemberSnapshot {
  readonly node: NodeId;
  readonly name: string;
  readonly memberId: MemberId | null;
  readonly role: Role;
  /** `unmanaged`: heard, or about to be incorporated. */
  readonly state: 'member' | 'unmanaged' | 'offline' | 'failed';
  readonly description: NodeDescription;
  readonly sinceMs: number;
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
  readonly waiting: readonly { readonly what: string; readonly nodes: readonly NodeId[]; readonly sinceMs: number }[];
  readonly virtualAddresses: NodeState['virtualAddresses'];
  readonly troubles: readonly string[];
}

const STATES = { active: 'member', heard: 'unmanaged', incorporating: 'unmanaged', failed: 'failed', offline: 'offline' } as const;

export function snapshot(state: NodeState): Snapshot {
  const members = [...state.members.values()].sort((left, right) => left.node - right.node);
  const manages = state.role === 'manager';
  const present = members.filter((member) => member.phase === 'active' && state.config.voters.includes(member.node)).length;
  return {
    node: state.self.node,
    memberId: state.self.memberId,
    role: state.role,
    roleSinceMs: state.roleSinceMs,
    manager: manages ? state.self.node : state.manager,
    standby: state.role === 'standby' ? state.self.node : state.standby,
    epoch: state.epoch,
    quorate: manages ? state.config.quorum === 'none' || state.seat === 'owned' : null,
    quorumNeeded: quorumOf(state.config),
    votersPresent: present + (state.config.voters.includes(state.self.node) && state.role !== 'offline' ? 1 : 0),
    ordersInstalled: manages ? ordersCount({ state }) : null,
    activeNetwork: state.activeNetwork,
    standbyNetwork: standbyNetworkOf({ state }),
    members: members.map((member) => ({
      node: member.node,
      name: member.description.name,
      memberId: member.memberId,
      role:
        member.node === state.manager && member.phase === 'active'
          ? 'manager'
          : member.node === state.standby && member.phase === 'active'
            ? 'standby'
            : member.role,
      state: STATES[member.phase],
      description: member.description,
      sinceMs: member.sinceMs,
    })),
    waiting: waitingOf(state),
    virtualAddresses: state.virtualAddresses,
    troubles: state.votingOff === null ? [] : [`this node does not vote: ${state.votingOff}`],
  };
}

function waitingOf(state: NodeState): Snapshot['waiting'] {
  const waiting = [];
  if (state.orders !== null && state.orders.round.awaited.length > 0) {
    waiting.push({ what: state.orders.round.name, nodes: state.orders.round.awaited, sinceMs: state.orders.round.sinceMs });
  }
  if (state.ballots !== null && state.ballots.round.awaited.length > 0) {
    waiting.push({ what: state.ballots.round.name, nodes: state.ballots.round.awaited, sinceMs: state.ballots.round.sinceMs });
  }
  if (state.standbyPending !== null)
    waiting.push({ what: 'the standby to be ready', nodes: [state.standbyPending.node], sinceMs: state.roleSinceMs });
  if (state.joining !== null) waiting.push({ what: 'incorporation', nodes: [state.joining.manager], sinceMs: state.roleSinceMs });
  if (state.managerDownMs !== null && state.standby !== null)
    waiting.push({ what: 'the standby to succeed', nodes: [state.standby], sinceMs: state.managerDownMs });
  if (state.pending !== null)
    waiting.push({ what: `the ${state.pending.kind}`, nodes: [state.pending.target], sinceMs: state.roleSinceMs });
  return waiting;
}
