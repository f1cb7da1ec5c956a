// Standing orders: what the engines may do without asking. The manager writes them whenever the view changes; each voter
// puts `reserved` on disk before it installs them; they count once a majority has (safety.md, 'Words', 'Leases' 5).
import { candidateOf, inManagerOrder } from './choose.ts';
import { install, newOrdersId } from './install.ts';
import { ballotsNeeded } from '../quorum.ts';
import { answer, openRound } from '../rounds/round.ts';
import type { Epoch, NodeId } from '../types.ts';
import type { Turn } from '../membership/turn.ts';

/** As many as the engine holds. */
const CHAIN_MAX = 8;

const sameChain = (left: readonly NodeId[], right: readonly NodeId[]): boolean =>
  left.length === right.length && left.every((node, index) => node === right[index]);

/** The standby first, then the other voters that may manage, in the order of C4. */
function chainOf(turn: Turn): NodeId[] {
  const { standby } = turn.state;
  const able = turn.active().filter((member) => turn.maySucceed(member));
  const others = inManagerOrder(able.map((member) => candidateOf(member.description))).map((candidate) => candidate.node);
  const first = standby !== null && others.includes(standby) ? [standby] : [];
  return [...first, ...others.filter((node) => node !== standby)].slice(0, CHAIN_MAX);
}

function activeVoters(turn: Turn): NodeId[] {
  return turn
    .active()
    .map((member) => member.node)
    .filter((node) => turn.isVoter(node));
}

/** Writes new orders if they would differ, or if a voter has come that has none. */
export function refreshOrders(turn: Turn): void {
  const { state } = turn;
  if (state.role !== 'manager' || state.seat === 'none') return;
  const chain = chainOf(turn);
  const voters = activeVoters(turn);
  const { orders, epoch } = state;
  const known = [...(orders?.round.yes ?? []), ...(orders?.round.no ?? []), ...(orders?.round.awaited ?? [])];
  const covered = voters.every((node) => known.includes(node));
  if (orders !== null && covered && sameChain(orders.chain, chain) && orders.baseEpoch === epoch) return;
  const self = turn.isVoter(state.self.node) ? [state.self.node] : [];
  const ordersId = newOrdersId(turn, epoch);
  state.orders = { ordersId, baseEpoch: epoch, chain, round: openRound(`standing orders ${ordersId}`, [...voters, ...self], turn.nowMs) };
  for (const node of voters) turn.send(node, { kind: 'orders', ordersId, baseEpoch: epoch, chain });
  if (self.length > 0) install(turn, { kind: 'own', from: state.self.node, ordersId, baseEpoch: epoch, chain });
}

/** Have so many voters installed the orders that they can be carried out? */
export function ordersCount(turn: { readonly state: Turn['state'] }): boolean {
  const { orders, config } = turn.state;
  if (orders === null) return false;
  const { yes, no, awaited } = orders.round;
  return yes.length >= ballotsNeeded(config, yes.length + no.length + awaited.length);
}

/** Voters that could not install them (a full disk) are asked again now and then. */
export function retryOrders(turn: Turn): void {
  const { state } = turn;
  const { orders } = state;
  if (state.role !== 'manager' || orders === null) return;
  const { no } = orders.round;
  if (no.length === 0) return;
  const awaited = [...orders.round.awaited, ...no];
  state.orders = { ...orders, round: { ...orders.round, no: [], awaited } };
  const { ordersId, baseEpoch, chain } = orders;
  for (const node of no) {
    if (node === state.self.node) install(turn, { kind: 'own', from: node, ordersId, baseEpoch, chain });
    else turn.send(node, { kind: 'orders', ordersId, baseEpoch, chain });
  }
}

/** At a voter. */
export function onOrders(turn: Turn, from: NodeId, ordersId: bigint, baseEpoch: Epoch, chain: readonly NodeId[]): void {
  const { state } = turn;
  if (from !== state.manager || !turn.isVoter(state.self.node) || state.role === 'offline') return;
  turn.raisePromised(baseEpoch);
  state.refusals = [];
  install(turn, { kind: 'orders', from, ordersId, baseEpoch, chain });
}

/** At the manager. A voter may have newer orders, of a ballot that came to nothing: then ours are written anew. */
export function onOrdersInstalled(turn: Turn, from: NodeId, ordersId: bigint, ok: boolean, newestId: bigint): void {
  const { state } = turn;
  if (state.role !== 'manager' || state.orders?.ordersId !== ordersId) return;
  state.orders = { ...state.orders, round: answer(state.orders.round, from, ok) };
  if (newestId <= ordersId) return;
  state.newestOrdersId = newestId > state.newestOrdersId ? newestId : state.newestOrdersId;
  state.orders = null;
  refreshOrders(turn);
}
