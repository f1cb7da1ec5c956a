// Waits until the machine has what a round of a reconfiguration asks for (R6): the owner carries what it should, nobody else
// carries anything of it. The kernel is asked, not our own books, and of what is new the wire: what is acknowledged is so.
import { parseAddress } from '../config/address.ts';
import type { Layout } from '../protocol/reconfiguration/state.ts';
import { acquiredBetween, addressesIn, groupsHandedOver, handedOver } from '../protocol/reconfiguration/layout.ts';
import type { NodeState } from '../protocol/membership/state.ts';
import { MANAGER_SEAT, type NodeId } from '../protocol/types.ts';
import type { ProtocolNumber } from '../protocol/rounds/state.ts';
import type { PlacedAddress } from './address-book.ts';
import type { CommonLinks } from './link-changes.ts';
import { cutOff, unheard } from './link-steps.ts';
import type { LocalWork } from './local-work.ts';
import { lookForHolders, lookForOwner, tellOwnMacs, type Look, type Trouble, type WireHands } from './wire-ownership.ts';

export type StepAnswer = { readonly ok: boolean; readonly reason?: string; readonly payload?: unknown };

export interface StepHands extends WireHands {
  /** What it would carry as the owner. */
  placed(): readonly PlacedAddress[];
  interfaces(): readonly string[];
  /** As in LinkSight. */
  isHeard(node: NodeId, link: number, sinceMs: number): boolean;
  /** MAC address of another host that has claimed it. */
  conflict(address: string): string | null;
}

/** The address thread may wait for the kernel's RTNL lock for 100 ms; beyond this a step has failed. */
export const PATIENCE_MS = 5000;
const LOOK_MS = 10;
/** Well within what the others wait for the owner to tell of a MAC that nobody knows. */
const MAC_LOOK_MS = 100;

export class ResourceSteps {
  readonly #hands: StepHands;
  readonly #work: LocalWork;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #looks = new Set<Look>();

  constructor(hands: StepHands, work: LocalWork) {
    this.#hands = hands;
    this.#work = work;
  }

  /** CLOCK_BOOTTIME. */
  nowMs(): number {
    return this.#hands.nowMs();
  }

  /** @param answer once the addresses that either configuration names are where they should be, or why they are not */
  settle(number: ProtocolNumber, from: Layout, to: Layout, answer: (answer: StepAnswer) => void): void {
    const named = [...addressesIn(from), ...addressesIn(to)].map(({ address }) => parseAddress(address)?.host ?? address);
    this.#until(number, () => this.#trouble(named), answer);
  }

  /** @param answer once the wire has been asked for what is new: nobody has it, or who does */
  search(number: ProtocolNumber, from: Layout, to: Layout, answer: (answer: StepAnswer) => void): void {
    this.#look(number, lookForHolders(this.#hands, from, to), answer);
  }

  /** As settle(), and then the wire must say the same: the owner alone answers for what is new. */
  verify(number: ProtocolNumber, from: Layout, to: Layout, answer: (answer: StepAnswer) => void): void {
    this.settle(number, from, to, (settled) => {
      if (!settled.ok) return answer(settled);
      this.#tellMacs(this.#hands.nowMs() + PATIENCE_MS);
      this.#look(number, lookForOwner(this.#hands, acquiredBetween(from, to)), answer);
    });
  }

  /** @param answer once what was given with the decision is where it belongs, on the wire too, or why it is not */
  arrive(number: ProtocolNumber, from: Layout, to: Layout, answer: (answer: StepAnswer) => void): void {
    const { state } = this.#hands;
    const unheld = (): Trouble | null => {
      const group = groupsHandedOver(from, to).find(({ seat, holders, node }) => {
        const { holder = null } = state()?.groups.get(seat) ?? {};
        return holder === null || (node !== null && holder !== node) || !holders.includes(holder);
      });
      return group === undefined ? null : { what: `group ${group.name} is not at its new owner yet`, isFinal: false };
    };
    this.#until(number, unheld, (held) => {
      if (!held.ok) return answer(held);
      this.#tellMacs(this.#hands.nowMs() + PATIENCE_MS);
      this.#look(number, lookForOwner(this.#hands, handedOver(from, to)), answer);
    });
  }

  /** @param isRunning what still runs that has to stop; null: nothing @param patienceMs beyond the usual */
  stopped(number: ProtocolNumber, isRunning: () => string | null, patienceMs: number, answer: (answer: StepAnswer) => void): void {
    const trouble = (): Trouble | null => {
      const name = isRunning();
      return name === null ? null : { what: `the command ${name} has not stopped yet`, isFinal: false };
    };
    this.#until(number, trouble, answer, patienceMs);
  }

  /** As long as others may still look: an adapter may get another MAC after this node has seen all that it wanted to see. */
  #tellMacs(untilMs: number): void {
    tellOwnMacs(this.#hands);
    if (this.#hands.nowMs() < untilMs) this.#later(MAC_LOOK_MS, () => this.#tellMacs(untilMs));
  }

  #later(afterMs: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, afterMs);
    this.#timers.add(timer);
  }

  /** Its ACK says what this node could not see. */
  #look(number: ProtocolNumber, look: Look, answer: (answer: StepAnswer) => void): void {
    this.#looks.add(look);
    this.#until(
      number,
      () => look.find(),
      (result) => {
        this.#looks.delete(look);
        look.end();
        const skipped = look.skipped();
        answer(result.ok && skipped.length > 0 ? { ok: true, payload: skipped } : result);
      },
    );
  }

  /** R5: nodes that come answer the manager's beats, and are members for everybody. */
  hear(number: ProtocolNumber, added: readonly NodeId[], answer: (answer: StepAnswer) => void): void {
    const unheard = (): Trouble | null => {
      const state = this.#hands.state();
      const silent = added.find((node) => {
        const member = state?.members.get(node);
        return node !== state?.self.node && (member?.phase !== 'active' || (state?.role === 'manager' && member.alive !== true));
      });
      return silent === undefined ? null : { what: `node ${silent} answers no beats yet`, isFinal: false };
    };
    this.#until(number, unheard, answer);
  }

  /** R5: without the links that go, the manager and each member still hear each other. @param stranded what still lives on an adapter that goes */
  stay(number: ProtocolNumber, common: readonly CommonLinks[], stranded: () => string | null, answer: (answer: StepAnswer) => void): void {
    const strandedOrCutOff = (): Trouble | null => {
      const what = stranded();
      return what === null ? cutOff(this.#hands, common) : { what, isFinal: false };
    };
    this.#until(number, strandedOrCutOff, answer);
  }

  /** R5: on each link that comes, the manager and each member that has it hear each other. @param sinceMs it was opened then */
  hearLinks(number: ProtocolNumber, common: readonly CommonLinks[], sinceMs: number, answer: (answer: StepAnswer) => void): void {
    this.#until(number, () => unheard(this.#hands, common, sinceMs), answer);
  }

  #until(number: ProtocolNumber, find: () => Trouble | null, answer: (answer: StepAnswer) => void, patienceMs = 0): void {
    const doing = this.#work.begin('step', number, 'reconfigure');
    const sinceMs = this.#hands.nowMs();
    const ended = (result: StepAnswer): void => {
      doing.ended();
      answer(result);
    };
    const look = (): void => {
      const trouble = find();
      if (trouble === null) return ended({ ok: true });
      if (trouble.isFinal || this.#hands.nowMs() >= sinceMs + PATIENCE_MS + patienceMs) return ended({ ok: false, reason: trouble.what });
      doing.waitsFor(trouble.what);
      this.#later(LOOK_MS, look);
    };
    look();
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const look of this.#looks) look.end();
    this.#looks.clear();
  }

  #trouble(named: readonly string[]): Trouble | null {
    const { state, placed, interfaces, conflict } = this.#hands;
    const wanted = placed().filter(({ seat }) => owns(state(), seat));
    const isOn = (name: string, host: string): boolean =>
      this.#hands.interfaceInfo(name)?.addresses.some(({ address }) => address === host) === true;
    for (const { address, interface: name, standbyInterface, text } of wanted) {
      const mac = conflict(text);
      if (mac !== null) return { what: `${text} is held by another host (${mac})`, isFinal: true };
      // Which of the two adapters carries it is the engine's business (R9).
      if (!isOn(name, address) && !(standbyInterface !== null && isOn(standbyInterface, address)))
        return { what: `${text} is not on ${name} yet`, isFinal: false };
    }
    for (const host of named) {
      if (wanted.some(({ address }) => address === host)) continue;
      const where = interfaces().find((name) => isOn(name, host));
      if (where !== undefined) return { what: `${host} is still on ${where}`, isFinal: false };
    }
    return null;
  }
}

function owns(state: NodeState | null, seat: number): boolean {
  if (seat === MANAGER_SEAT) return state?.role === 'manager' && state.seat === 'owned';
  return state?.groups.get(seat)?.owns === 'owned';
}
