// Another set of voters: one voter more or less at a time, so that a majority of the old set and one of the new set always
// have somebody in common, whichever of the two each voter has already gone to (safety.md, 'Words').
import { refreshOrders } from '../election/orders.ts';
import { dropStandby, pickStandby } from '../membership/standby.ts';
import type { Turn } from '../membership/turn.ts';
import { engineQuorumOf } from '../quorum.ts';
import type { NodeId } from '../types.ts';
import type { Layout } from './state.ts';

const without = (nodes: readonly NodeId[], others: readonly NodeId[]): NodeId[] => nodes.filter((node) => !others.includes(node));

export function addedNodes(from: Layout, to: Layout): NodeId[] {
  return without(to.nodes, from.nodes);
}

/** At the manager: null, or why the nodes or voters cannot change so. */
export function topologyRefusal(turn: Turn, from: Layout, to: Layout): string | null {
  const { self, config } = turn.state;
  const [come, gone] = [without(to.voters, from.voters), without(from.voters, to.voters)];
  if (come.length + gone.length > 1) return 'voters change one at a time: add or remove them by several changes';
  if (come.length + gone.length > 0 && to.voterSet !== from.voterSet + 1) return 'the number of the set of voters is wrong';
  if (come.length + gone.length > 0 && config.quorum !== 'majority') return `with the quorum ${config.quorum} the voters cannot change`;
  if (without([self.node], to.nodes).length > 0 || gone.includes(self.node)) return `node ${self.node} manages; move the role first`;
  const present = new Set([self.node, ...turn.active().map(({ node }) => node)]);
  const absent = addedNodes(from, to).find((node) => !present.has(node));
  if (absent !== undefined) return `node ${absent} is no member yet; start it with the new configuration first`;
  // The owner's lease must reach over the change: those that renew it already are enough for the new set.
  const renewing = from.voters.filter((node) => present.has(node) && to.voters.includes(node)).length;
  const needed = Math.floor(to.voters.length / 2) + 1;
  return renewing >= needed || gone.length + come.length === 0
    ? null
    : `${needed} voters must agree then, and only ${renewing} of them are here`;
}

/** Decided: from now on those vote. The manager writes its orders anew for whoever has come. */
export function useVoters(turn: Turn, { voters, voterSet }: Layout): void {
  const { config, role } = turn.state;
  if (voterSet <= config.voterSet) return;
  turn.state.config = { ...config, voters, voterSet };
  turn.do({ type: 'setVoters', voterSet, voters, quorum: engineQuorumOf(turn.state.config) });
  describeVotes(turn, voters);
  if (role !== 'manager') return;
  // Who has no vote any more cannot succeed.
  const { standby, standbyPending } = turn.state;
  if (standby !== null && !voters.includes(standby)) dropStandby(turn, 'standby-demoted');
  if (standbyPending !== null && !voters.includes(standbyPending.node)) turn.state.standbyPending = null;
  pickStandby(turn);
  refreshOrders(turn);
}

/** In what this node says of itself and knows of the others. */
function describeVotes({ state }: Turn, voters: readonly NodeId[]): void {
  state.self = { ...state.self, voter: voters.includes(state.self.node) };
  for (const member of state.members.values()) member.description = { ...member.description, voter: voters.includes(member.node) };
}

/** A voter that was none yet when the orders came has said that it is one now. */
export function orderAgain(turn: Turn, node: NodeId): void {
  const { orders, role } = turn.state;
  if (role !== 'manager' || orders?.round.awaited.includes(node) !== true) return;
  const { ordersId, baseEpoch, chain } = orders;
  turn.send(node, { kind: 'orders', ordersId, baseEpoch, chain });
}
