// What must hold of changes in every state: none that anybody refused or undid is in force anywhere, one that is in force is
// the same everywhere, of those that started from the same only one is, they go one at a time, and who asked is told the truth.
import { EDIT } from '../../../lib/protocol/reconfiguration/edit.ts';
import { RECONFIGURE } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import { nameOf } from '../../../lib/protocol/rounds/state.ts';
import type { NodeId } from '../../../lib/protocol/types.ts';
import type { Model } from './model.ts';
import type { Deed, Taking } from './program.ts';

interface Done {
  readonly node: NodeId;
  readonly deed: Deed;
}

export function brokenOf(model: Model): string | null {
  const done = model.nodes.flatMap(({ id, deeds }) => deeds.map((deed) => ({ node: id, deed })));
  return takenBroken(done) ?? answersBroken(done) ?? notOneAtATime(model) ?? unopened(model);
}

/** R5: a network is active nowhere before all who take part have opened it. */
function unopened({ nodes }: Model): string | null {
  for (const { id, configurations } of nodes) {
    const { number, layout } = configurations.configurations.active;
    const names = (layout.networks ?? []).map(({ name }) => name);
    if (number === 0n || names.length === 0) continue;
    for (const node of nodes) {
      const running = node.state?.rounds.instances.get(number);
      if (running === undefined || running.outcome !== null) continue;
      const tookPart = running.opening.participants.some((each) => each.node === node.id && each.boot === node.boot);
      const missing = names.find((name) => !node.configurations.open.includes(name));
      if (tookPart && missing !== undefined) return `node ${id} runs ${missing}, which node ${node.id} has not opened`;
    }
  }
  return null;
}

const takings = (done: readonly Done[]): (Taking & { readonly node: NodeId })[] =>
  done.flatMap(({ node, deed }) => (deed.what === 'take' && deed.number > 0n ? [{ ...deed, node }] : []));

function takenBroken(done: readonly Done[]): string | null {
  const first = new Map<string, Taking>();
  for (const { node, number, of, text } of takings(done)) {
    const name = nameOf(number);
    const other = first.get(of);
    if (other !== undefined && other.number !== number)
      return `node ${node} has the ${of} of ${name}, which undo those of ${nameOf(other.number)}: both started from the same`;
    if (other !== undefined && other.text !== text)
      return `node ${node} has the ${of} ${text} of ${name}, which are ${other.text} elsewhere`;
    first.set(of, { what: 'take', number, of, text });
    const against = done.find(({ deed }) => (deed.what === 'undo' || (deed.what === 'vote' && !deed.ok)) && deed.number === number);
    if (against !== undefined) return `node ${node} has the ${of} of ${name}, against which node ${against.node} did ${against.deed.what}`;
  }
  return null;
}

function answersBroken(done: readonly Done[]): string | null {
  const taken = takings(done);
  for (const { node, deed } of done) {
    if (deed.what !== 'hear') continue;
    const { code, command, number } = deed;
    if (code === null && !taken.some((taking) => taking.node === node && taking.number === number))
      return `node ${node} is told that change ${command} is done, and does not have it`;
    if (code !== 'HW_OPERATION_ABORTED' && code !== 'HW_REFUSED') continue;
    const numbers = numbersOf(done, node, command);
    const inForce = taken.find((taking) => numbers.includes(taking.number));
    if (inForce !== undefined) return `node ${node} is told ${code} of change ${command}, which node ${inForce.node} has`;
  }
  return null;
}

/** Under which it was opened: the commands of a node are its wishes in their order. */
function numbersOf(done: readonly Done[], node: NodeId, command: number): bigint[] {
  return done.flatMap(({ deed }) =>
    deed.what === 'vote' && deed.proposal.node === node && deed.proposal.counter === command + 1 ? [deed.number] : [],
  );
}

/** At the manager, who opens them. */
function notOneAtATime({ nodes }: Model): string | null {
  for (const { id, state } of nodes) {
    if (state === null || state.role !== 'manager') continue;
    const running = [...state.rounds.instances.values()].filter(({ outcome }) => outcome === null).map(({ opening }) => opening);
    const changes = running.filter(({ kind }) => kind === RECONFIGURE || kind === EDIT);
    const sets = running.filter(({ kind }) => kind === 'parameters');
    for (const [one, two] of [changes, sets])
      if (one !== undefined && two !== undefined) return `node ${id} has ${nameOf(one.number)} and ${nameOf(two.number)} under way at once`;
  }
  return null;
}
