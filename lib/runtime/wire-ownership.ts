// What this node sees on the wire of the addresses that a reconfiguration brings (R6): before it, that nobody has them; after
// it, that the owner answers and nobody else. A node that cannot see skips that, and says so in its ACK.
import { addressesIn, type SeatAddress } from '../protocol/reconfiguration/layout.ts';
import type { Layout } from '../protocol/reconfiguration/state.ts';
import type { NodeState } from '../protocol/membership/state.ts';
import { MANAGER_SEAT, type NicDescription, type NodeId, type VirtualAddress } from '../protocol/types.ts';
import { parseAddress } from '../config/address.ts';
import type { InterfaceInfo } from '../config/protocol-config.ts';
import type { WireProbe } from '../native.ts';
import type { PlacedAddress } from './address-book.ts';
import { WireSearch } from './wire-search.ts';

/** What is not as it should be, and whether it can still become so. */
export interface Trouble {
  readonly what: string;
  readonly isFinal: boolean;
}

export interface WireHands {
  nowMs(): number;
  interfaceInfo(name: string): InterfaceInfo;
  state(): NodeState | null;
  /** Where this node would carry them. */
  place(addresses: readonly SeatAddress[]): readonly PlacedAddress[];
  openProbe(interfaceName: string): WireProbe;
  /** This node tells the others which adapters it has now. */
  describeAnew(): void;
  /** As takeover.probe; 0: the wire is not asked. */
  probeMs(): number;
}

/** One look at the wire, until it is over. */
export interface Look {
  /** Null: it is over, and all is as it should be. */
  find(): Trouble | null;
  /** What could not be seen, for people; empty: nothing. */
  skipped(): readonly string[];
  end(): void;
}

/** A wire that says nothing for so long says nothing at all, where no beat of the owner comes over it either. */
const SILENT_MS = 1000;
/** So long the owner may take to tell of another MAC than it had: until then one that nobody knows may be its own. */
const ANEW_MS = 1000;
/** Whatever takeover.probe is: a round has its time. */
const LOOK_MS_MAX = 2000;

interface Watched extends PlacedAddress {
  /** Why this node cannot look; null: it can. */
  readonly hindrance: string | null;
}

/** In the new configuration alone, and not on any node yet. */
export function broughtBy(from: Layout, to: Layout, running: readonly VirtualAddress[]): readonly SeatAddress[] {
  const hostOf = ({ address }: VirtualAddress): string => parseAddress(address)?.host ?? address;
  const known = new Set([...addressesIn(from), ...running].map(hostOf));
  return addressesIn(to).filter((each) => !known.has(hostOf(each)));
}

/** Nobody has what is to be acquired. */
export function lookForHolders(hands: WireHands, from: Layout, to: Layout): Look {
  const wanted = broughtBy(from, to, hands.state()?.virtualAddresses ?? []);
  return look(hands, wanted, (watched, macs) => {
    const mac = macs[0];
    return mac === undefined ? null : { what: `${placeOf(watched)} is held by ${whoHas(hands.state(), mac)} already`, isFinal: true };
  });
}

/** The owner of its seat answers for what it has acquired, and nobody else. */
export function lookForOwner(hands: WireHands, acquired: readonly SeatAddress[]): Look {
  const first = hands.state();
  const before = new Map(acquired.map(({ seat }) => [seat, holderOf(first, seat)]));
  const sinceMs = hands.nowMs();
  const macsOf = new Map<NodeId, Set<string>>();
  const foundAtMs = new Map<string, number>();
  return look(hands, acquired, (watched, macs, skip) => {
    const state = hands.state();
    const holder = holderOf(state, watched.seat);
    if (state === null || holder === null || before.get(watched.seat) !== holder)
      return { what: 'the owner changed while the wire was asked', isFinal: true };
    const isOwner = holder === state.self.node;
    const owner = (isOwner ? state.self : state.members.get(holder)?.description)?.nics ?? [];
    if (isOwner) tellOwnMacs(hands);
    const known = macsOf.get(holder) ?? new Set();
    macsOf.set(holder, known);
    for (const { mac } of owner) if (mac !== null) known.add(mac);
    const foreign = macs.find((mac) => !known.has(mac));
    if (foreign !== undefined) {
      const foundMs = foundAtMs.get(foreign) ?? hands.nowMs();
      foundAtMs.set(foreign, foundMs);
      const isFinal = isOwner || nodeWith(state, foreign) !== null || hands.nowMs() >= foundMs + ANEW_MS;
      return { what: `${placeOf(watched)} is answered for by ${whoHas(state, foreign)}, and node ${holder} owns it`, isFinal };
    }
    if (isOwner || macs.length > 0) return null;
    const networks = networksOf(state, watched);
    if (!owner.some(({ network }) => networks.includes(network))) return skip(`node ${holder} has no adapter on ${watched.network}`);
    if (hands.nowMs() >= sinceMs + SILENT_MS && isSilent(state, holder, watched))
      return skip(`node ${holder} is not heard on ${watched.network}`);
    return { what: `node ${holder} does not answer for ${placeOf(watched)}`, isFinal: false };
  });
}

/** Others must know the MACs that this node answers with: it may have got another one since it told of them. */
export function tellOwnMacs(hands: WireHands): void {
  if (hasAnotherMac(hands, hands.state()?.self.nics ?? [])) hands.describeAnew();
}

function holderOf(state: NodeState | null, seat: number): NodeId | null {
  return (seat === MANAGER_SEAT ? state?.manager : state?.groups.get(seat)?.holder) ?? null;
}

type Skip = (reason: string) => null;
type Judge = (watched: Watched, macs: readonly string[], skip: Skip) => Trouble | null;

function look(hands: WireHands, addresses: readonly SeatAddress[], judge: Judge): Look {
  const lookMs = Math.min(hands.probeMs(), LOOK_MS_MAX);
  const placed = lookMs === 0 ? [] : hands.place(addresses).map((each): Watched => ({ ...each, ...adapterOf(hands, each) }));
  const search = new WireSearch(placed, (name) => hands.openProbe(name));
  const untilMs = hands.nowMs() + lookMs;
  const skips = new Map<string, string>();
  for (const { address, network } of lookMs === 0 ? addresses : missing(addresses, placed))
    skips.set(address, lookMs === 0 ? 'takeover.probe is 0' : `no adapter on ${network}`);
  return {
    find() {
      search.look(hands.nowMs());
      for (const watched of placed) {
        const skip: Skip = (reason) => {
          skips.set(watched.text, reason);
          return null;
        };
        skips.delete(watched.text);
        const hindrance = watched.hindrance ?? search.hindrance(watched.interface);
        const trouble = hindrance !== null ? skip(hindrance) : judge(watched, search.holdersOf(watched), skip);
        if (trouble !== null) return trouble;
      }
      const isOver = placed.length === 0 || hands.nowMs() >= untilMs;
      return isOver ? null : { what: 'the answers of the wire', isFinal: false };
    },
    skipped: () => [...skips].map(([address, reason]) => `${address}: ${reason}`),
    end: () => search.close(),
  };
}

function missing(addresses: readonly VirtualAddress[], placed: readonly PlacedAddress[]): readonly VirtualAddress[] {
  return addresses.filter(({ address }) => !placed.some(({ text }) => text === address));
}

/** The one that has carrier; both are on the same wire. */
function adapterOf(hands: WireHands, { interface: service, standbyInterface }: PlacedAddress): Pick<Watched, 'interface' | 'hindrance'> {
  const both = [service, ...(standbyInterface === null ? [] : [standbyInterface])];
  const live = both.find((name) => hands.interfaceInfo(name)?.carrier === true);
  return { interface: live ?? service, hindrance: live === undefined ? `${service} has no carrier` : null };
}

/** The network of the service adapters, and that of the standby ones, on the same wire (R9). */
function networksOf({ config }: NodeState, { network }: Watched): readonly string[] {
  const standby = config.standbyAdapters?.[network];
  return standby === undefined ? [network] : [network, standby];
}

/** No path between this node and that one is up on this network. */
function isSilent(state: NodeState, node: NodeId, watched: Watched): boolean {
  const { self, members } = state;
  const networks = networksOf(state, watched);
  const links = self.nics.filter(({ network }) => networks.includes(network)).map(({ link }) => link);
  return links.every((link) => members.get(node)?.linksDown.some((down) => down.link === link) === true);
}

function placeOf({ text, network }: PlacedAddress): string {
  return `${text} on ${network}`;
}

function whoHas(state: NodeState | null, mac: string): string {
  const node = nodeWith(state, mac);
  return node === null ? `another host (${mac})` : `node ${node} (${mac})`;
}

function nodeWith(state: NodeState | null, mac: string): NodeId | null {
  const has = (nics: readonly NicDescription[]): boolean => nics.some((nic) => nic.mac === mac);
  const all = state === null ? [] : [state.self, ...[...state.members.values()].map(({ description }) => description)];
  return all.find(({ nics }) => has(nics))?.node ?? null;
}

/** Than it has told: of a bond, say, or set by hand. */
function hasAnotherMac(hands: WireHands, own: readonly NicDescription[]): boolean {
  return own.some(({ interface: name, mac }) => {
    const now = hands.interfaceInfo(name)?.mac ?? null;
    return now !== null && now !== mac;
  });
}
