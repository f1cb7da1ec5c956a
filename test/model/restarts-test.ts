// A member is lost in the middle of a change, starts anew and joins, and then the manager is lost before it knows what the change
// has come to: whoever manages then carries what was agreed on. Too many orders for a walk (groups-test.ts loses one node), so
// this goes in one order, in which the manager learns the outcome last, and sweeps what its disk and its mail have brought the member by then.
import assert from 'node:assert/strict';
import { step } from '../../lib/protocol/node.ts';
import type { Message } from '../../lib/protocol/membership/messages.ts';
import { RECONFIGURE, roundsFor, type Reconfiguration } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { NodeId, ProtocolConfig } from '../../lib/protocol/types.ts';
import { type Mistake, stepWith } from '../simulation/mistakes.ts';
import { type Action, actionsOf, after, crash } from './support/actions.ts';
import { beginning, type ChangeBounds, unfinished } from './support/changes.ts';
import { start } from './support/drive.ts';
import { branch, type Model, nodeOf } from './support/model.ts';
import { ownershipBroken } from './support/ownership.ts';
import { brokenOf } from './support/takings.ts';

const [MANAGER, MEMBER, OTHER] = [1, 2, 3] as const;
const ORDER = ['vote', 'nodeDown', 'deliver', 'hear', 'commandsOff', 'nodeUp', 'expire', 'ask', 'tick'];
const TO_MANAGER = `${OTHER}>${MANAGER}`;
const STEPS_MAX = 500;
/** More than a manager sends who joins it, and longer than it takes to say that. */
const MAIL_MAX = 60;
const MAIL_MS = 4000;

const ONE = '10.1.0.100/24';
const TWO = `${ONE} 10.1.0.101/24`;
const GROUP = `${ONE} 1:2,3,1 1@10.1.0.101/24`;
const CHANGES = [
  ['an address comes', ONE, TWO],
  ['an address goes', TWO, ONE],
  ['an address comes from a group', GROUP, TWO],
  ['an address goes to a group', TWO, GROUP],
] as const;

/**
 * What the member knows of the change when it starts anew. `begun`: it has said yes to all work, and nobody has ended it; the manager
 * ends it as soon as the member has joined. `half`: its disk has the outcome, and what was active before.
 */
const KNOWN = ['nothing', 'begun', 'in doubt', 'half', 'all'] as const;

interface Way {
  readonly from: string;
  readonly to: string;
  readonly known: (typeof KNOWN)[number];
  /** The other node refuses the last work. */
  readonly refused: boolean;
}

class Run {
  readonly #way: Way;
  readonly #bounds: ChangeBounds;
  readonly #configs: readonly ProtocolConfig[];
  #model: Model;
  /** What asks in vain asks again when time has passed. */
  readonly #vain = new Set<string>();
  #holdsBack: readonly string[] = [TO_MANAGER];
  #hasRestarted = false;

  constructor(way: Way, by: Model['step']) {
    this.#way = way;
    const { from, to } = way;
    // Whoever is lost does not ask again.
    const changes = [{ at: way.known === 'nothing' ? OTHER : MEMBER, what: RECONFIGURE }] as const;
    this.#bounds = { changes, from, to, faults: { refuse: 1 }, clients: [OTHER], statesMax: 0, endsEach: 1 };
    const { configs, begin } = beginning(this.#bounds);
    this.#configs = configs;
    this.#model = begin(by);
  }

  /** @returns what is wrong, or how much mail of the manager had come to the member */
  run(mailOfManager: number): string | number {
    const { known } = this.#way;
    const knows = known === 'half' || known === 'all';
    const { configurations } = nodeOf(this.#model, MEMBER);
    if (known === 'nothing') this.#lose(MEMBER);
    if (known === 'in doubt') this.#holdsBack = [TO_MANAGER, `${OTHER}>${MEMBER}`];
    if (known === 'begun') this.#until(() => this.#acknowledged() === this.#rounds());
    else this.#until(() => this.#hasEnded(OTHER) && (!knows || this.#hasEnded(MEMBER)));
    assert.deepEqual(
      [MANAGER, MEMBER, OTHER].map((id) => this.#hasEnded(id)),
      [false, knows, known !== 'begun'],
    );
    if (known !== 'nothing') this.#lose(MEMBER);
    this.#model = branch(this.#model);
    if (known === 'half') nodeOf(this.#model, MEMBER).configurations = configurations;
    const config = this.#configs[MEMBER - 1];
    assert.ok(config !== undefined);
    start(this.#model, config);
    this.#hasRestarted = true;
    let mail = 0;
    const untilMs = this.#model.nowMs + MAIL_MS;
    this.#until((name) => (mail += name === `deliver ${MANAGER}>${MEMBER}` ? 1 : 0) >= mailOfManager || this.#model.nowMs > untilMs);
    this.#lose(MANAGER);
    return this.#wrong() ?? unfinished(this.#model, this.#bounds, this.#configs) ?? mail;
  }

  #lose(id: NodeId): void {
    this.#model = branch(this.#model);
    crash(this.#model, id);
  }

  #until(isThere: (name: string) => boolean): void {
    for (let steps = 0, name = ''; !isThere(name); steps++) {
      assert.ok(steps < STEPS_MAX, 'it does not come to that');
      const next = this.#next();
      this.#model = after(this.#model, next);
      name = next.name;
      assert.equal(this.#wrong(), null);
    }
  }

  #next(): Action {
    const all = actionsOf(this.#model, this.#configs).filter((action) => !this.#isHeldBack(action) && !this.#vain.has(action.name));
    const first =
      all.find(({ name }) => this.#isRefusal(name)) ??
      ORDER.map((kind) => all.find(({ name }) => name.startsWith(`${kind} `))).find(Boolean);
    assert.ok(first !== undefined);
    if (first.name.startsWith('ask')) this.#vain.add(first.name);
    if (first.name.startsWith('tick')) this.#vain.clear();
    return first;
  }

  #isRefusal(name: string): boolean {
    if (!this.#way.refused || !name.startsWith('refuse ') || !name.endsWith(` at ${OTHER}`)) return false;
    return name.includes(`/${this.#rounds() - 1} `);
  }

  /** What the other node says when it knows how it ends, and all that comes after that. */
  #isHeldBack({ name }: Action): boolean {
    if (this.#way.known === 'begun')
      return this.#hasRestarted && name === `deliver ${TO_MANAGER}` && nodeOf(this.#model, MEMBER).state?.role !== 'client';
    const pipe = this.#holdsBack.find((each) => name === `deliver ${each}`);
    const message = pipe === undefined ? undefined : (this.#model.pipes[pipe]?.[0]?.content as Message | undefined);
    return message?.kind === 'ack' && (!message.ok || message.round === this.#rounds());
  }

  /** Rounds of work; `confirm` comes after them. */
  #rounds(): number {
    for (const { state } of this.#model.nodes)
      for (const { opening } of state?.rounds.instances.values() ?? []) return roundsFor(opening.body as Reconfiguration).length;
    return Number.POSITIVE_INFINITY;
  }

  #acknowledged(): number {
    return Math.max(0, ...[...nodeOf(this.#model, MEMBER).records.values()].map(({ acknowledged }) => acknowledged));
  }

  #hasEnded(id: NodeId): boolean {
    return nodeOf(this.#model, id).state?.rounds.ended.some(({ opening }) => opening.kind === RECONFIGURE) === true;
  }

  #wrong(): string | null {
    return this.#model.violation ?? ownershipBroken(this.#model) ?? brokenOf(this.#model);
  }
}

/** However much the manager has said until it is lost. */
function swept(way: Way, by: Model['step'] = step): string | null {
  for (let mail = 0; mail < MAIL_MAX; mail++) {
    const result = new Run(way, by).run(mail);
    if (typeof result === 'string') return `after ${mail} messages of the manager: ${result}`;
    if (result < mail) return mail > 3 ? null : `the manager says only ${result} things`;
  }
  return `the manager says more than ${MAIL_MAX} things`;
}

describe('model: a restart and the loss of the manager in the middle of a change', () => {
  // Where there are groups all voters must be there.
  for (const [name, from, to] of CHANGES)
    for (const known of from === GROUP || to === GROUP ? KNOWN.slice(1) : KNOWN)
      for (const refused of known === 'begun' ? [false] : [false, true])
        it(`R7: ${name}${refused ? ', refused' : ''}; who starts anew knows ${known}`, () => {
          assert.equal(swept({ from, to, known, refused }), null);
        });

  const found: readonly (readonly [Mistake, Way])[] = [
    ['a list does not say that it is in the middle of a change', { from: GROUP, to: TWO, known: 'all', refused: false }],
    ['a list does not say that it is in the middle of a change', { from: TWO, to: ONE, known: 'nothing', refused: true }],
    ['a start waits for its manager’s list', { from: ONE, to: TWO, known: 'begun', refused: false }],
  ];
  for (const [mistake, way] of found)
    it(`finds it when ${mistake}; who starts anew knows ${way.known}`, () => {
      const wrong = swept(way, (state, event, nowMs) => stepWith(mistake, state, event, nowMs));
      assert.match(wrong ?? '', /manages with/);
    });
});
