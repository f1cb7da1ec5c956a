// Reads a transcript: lines that begin with `>` are done, all others are what happened last time. Comments (`#`) and
// empty lines stay. The result is the transcript as it is now.
import { pauseCommand } from '../../../lib/api/pause.ts';
import { absenceSchema } from '../../../lib/config/schema/absence.ts';
import { type NodeState, snapshot } from '../../../lib/protocol/node.ts';
import { transitionNumber } from '../../../lib/protocol/membership/transitions.ts';
import type { Command, NodeId, PreferredRole, ResourceGroup, Role, ProtocolConfig } from '../../../lib/protocol/types.ts';
import { progressLines, whyLines } from './asking.ts';
import { clusterOf, NETWORKS, type NodeOptions } from './cluster.ts';
import { KeptConfigurations } from './kept-configurations.ts';
import { endedAlone } from './plain-three-phase.ts';
import { stateLines } from './state-lines.ts';
import { proposalOf } from './tuning.ts';
import { TOPICS, type Topic, World } from './world.ts';

/** @returns the transcript with what happens now */
export function replay(text: string): string {
  const script = new Script();
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || (line === '' && out.at(-1) !== '')) out.push(line);
    if (!line.startsWith('> ')) continue;
    out.push(line, ...script.run(line.slice(2).trim()));
  }
  while (out.at(-1) === '') out.pop();
  return `${out.join('\n')}\n`;
}

const MEMORY_BYTES = 8 * 2 ** 30;

class Script {
  #world: World | null = null;

  run(line: string): string[] {
    const [verb = '', ...words] = line.split(/\s+/);
    if (verb === 'nodes') {
      this.#world = new World(parseNodes(words));
      return [];
    }
    if (this.#world === null) throw new Error(`'${line}' comes before 'nodes'`);
    const world = this.#world;
    world.lines = [];
    const act = VERBS[verb];
    if (act === undefined) throw new Error(`there is no '${verb}'; there are: nodes ${Object.keys(VERBS).join(' ')}`);
    act(world, words);
    return world.lines;
  }
}

/** `1:2,3@10.1.0.101/24+...;2:...`: seat, owner and successors, addresses. */
function groupsIn(text: string): ResourceGroup[] {
  const words = text.split(';').flatMap((group) => {
    const [holders = '', addresses = ''] = group.split('@');
    return [holders, ...addresses.split('+').map((address) => `${holders[0]}@${address}`)];
  });
  return [...(new KeptConfigurations(words.join(' '), 'active', []).configurations.active.layout.groups ?? [])];
}

/** `1 2:manager 3:client 4:bridged@7 quorum=none prune=2000 groups=1:2,3@10.1.0.101/24 standby=alpha:beta` (the second stands by) */
function parseNodes(words: readonly string[]): ProtocolConfig[] {
  const nodes: NodeOptions[] = [];
  const changes: Record<string, unknown> = {};
  const numbers: Readonly<Record<string, keyof ProtocolConfig>> = { prune: 'pruneTimeMs', incorporation: 'incorporationTimeoutMs' };
  for (const word of words) {
    if (word === 'configured') {
      changes['configurations'] = new KeptConfigurations('', '', []).configurations; // each node puts its own in its place
      continue;
    }
    const setting = /^(\w+)=(.*)$/.exec(word);
    if (setting !== null) {
      const [, name = '', value = ''] = setting;
      if (name === 'voters') changes[name] = value.split(',').map(Number);
      else if (name === 'groups') changes[name] = groupsIn(value);
      else if (name === 'standby') changes['standbyAdapters'] = Object.fromEntries([value.split(':')]);
      else if (numbers[name] !== undefined) changes[numbers[name]] = Number(value);
      else changes[name] = value;
      continue;
    }
    const [, id = '', role, address] = /^(\d+)(?::(\w+))?(?:@(\d+))?$/.exec(word) ?? [];
    nodes.push({
      id: Number(id),
      ...(role === undefined || role === 'bridged' ? {} : { preferredRole: role as PreferredRole }),
      ...(role === 'bridged' ? { bridged: true } : {}),
      ...(address === undefined ? {} : { address: Number(address) }),
    });
  }
  return clusterOf(nodes, changes);
}

type Act = (world: World, words: readonly string[]) => void;

const each =
  (act: (world: World, id: NodeId) => void): Act =>
  (world, words) => {
    for (const word of words) act(world, Number(word));
  };

/** `1 | 2 3` or `1 | 2 3 on alpha`: both ways; `1 > 2`: one way. */
const cut: Act = (world, words) => {
  const on = words.indexOf('on');
  const networks = on < 0 ? [...NETWORKS.keys()] : words.slice(on + 1).map((name) => NETWORKS.indexOf(name));
  const nodes = on < 0 ? words : words.slice(0, on);
  const at = nodes.findIndex((word) => word === '|' || word === '>');
  for (const left of nodes.slice(0, at).map(Number)) {
    for (const right of nodes.slice(at + 1).map(Number)) {
      for (const network of networks) {
        world.links.cut(left, right, network);
        if (nodes[at] === '|') world.links.cut(right, left, network);
      }
    }
  }
};

const VERBS: Readonly<Record<string, Act>> = {
  show: (world, words) => {
    for (const word of words) world.shown.add(topic(word));
  },
  hide: (world, words) => {
    for (const word of words) world.shown.delete(topic(word));
  },
  start: each((world, id) => world.host(id).start()),
  crash: each((world, id) => world.host(id).crash()),
  freeze: each((world, id) => void (world.host(id).frozen = true)),
  thaw: each((world, id) => world.host(id).thaw()),
  gap: each((world, id) => world.host(id).feed({ type: 'gap' })),
  run: (world, [duration = '']) => world.runFor(durationMs(duration)),
  cut,
  heal: (world) => world.links.heal(),
  drop: (world, [route, kind]) => void world.pipes.dropped.add(`${route} ${kind}`),
  pass: (world, [route, kind]) => void world.pipes.dropped.delete(`${route} ${kind}`),
  carrier: (world, [id, network = '', word]) =>
    world.host(Number(id)).feed({ type: 'carrier', link: NETWORKS.indexOf(network), up: word === 'up' }),
  /** `unfit 1 to 3`: the beats of 1 say that it serves nowhere, and its engine gives the manager's seat to 3. */
  unfit: (world, [id, , successor]) => {
    for (const host of world.hosts) if (host.id !== Number(id)) host.feed({ type: 'nodeServes', node: Number(id), networks: 0 });
    world.host(Number(id)).giveUp(Number(successor));
  },
  disk: (world, [id, word]) => {
    world.host(Number(id)).diskFails = word === 'fails';
  },
  answer: each((world, id) => world.host(id).answer()),
  vote: (world, [id, how, round]) => {
    const host = world.host(Number(id));
    host.votes = how === 'no' || how === 'never' ? how : 'yes';
    host.votesIn = round === undefined ? null : Number(round);
  },
  /** Members that end what they are in doubt of as plain three-phase commit would. */
  'end-alone': each((world, id) => {
    const host = world.host(id);
    const decided = host.state === null ? [] : endedAlone(host.state);
    for (const ended of decided) host.feed({ type: 'received', from: id, boot: host.boot, message: { kind: 'decision', ended } });
  }),
  duplicate: (world, [node, , id]) => world.host(Number(id)).feed({ type: 'duplicateNode', node: Number(node) }),
  configure: (world, [id, name, ...words]) => world.host(Number(id)).configure(name === 'edit' ? 'edit' : 'apply', words.join(' ')),
  ask: (world, [id, ...words]) => {
    const host = world.host(Number(id));
    const isChange = words[0] === 'parameters';
    host.command(isChange ? parseChange(host.state?.parameters.version ?? 0n, words.slice(1)) : parseCommand(words));
  },
  state: each((world, id) => {
    const { state } = world.host(id);
    world.lines.push(...(state === null ? ['        not running'] : stateLines(snapshot(state))));
  }),
  progress: each((world, id) => asked(world, id, progressLines)),
  why: each((world, id) => asked(world, id, whyLines)),
  /** `notice 2 memory [off]`: a hook says that this is about to change (V1); what it takes is configured. */
  notice: (world, [id, type = '', off]) => {
    const config = absenceSchema.parse(off === 'off' ? { [type.replace('-', '_')]: 'off' } : {});
    try {
      world.host(Number(id)).command(pauseCommand(config, { reason: type }, MEMORY_BYTES));
    } catch (error) {
      world.lines.push(`        ${(error as Error).message}`);
    }
  },
  /** `tune 1 600s SILENCES LATENESSES`: what was measured (tuning.ts), and what is asked for then. */
  tune: (world, [id, duration = '', silences = '', latenesses = '']) => {
    const { line, words } = proposalOf(durationMs(duration), silences, latenesses);
    world.lines.push(`        ${line}`);
    const host = world.host(Number(id));
    if (words.length > 0) host.command(parseChange(host.state?.parameters.version ?? 0n, words));
  },
  become: (world, [from, to]) => {
    try {
      world.lines.push(`        transition (${transitionNumber(from as Role, to as Role)})`);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      world.lines.push(`        ${code ?? 'no code'}: ${message}`);
    }
  },
};

function asked(world: World, id: NodeId, linesOf: (state: NodeState, nowMs: number) => string[]): void {
  const { state } = world.host(id);
  world.lines.push(...(state === null ? ['        not running'] : linesOf(state, world.nowMs)));
}

function topic(word: string): Topic {
  const found = TOPICS.find((each) => each === word);
  if (found === undefined) throw new Error(`there is no topic ${word}; there are: ${TOPICS.join(' ')}`);
  return found;
}

function durationMs(text: string): number {
  const [, value, unit] = /^(\d+)(ms|s)$/.exec(text) ?? [];
  if (value === undefined) throw new Error(`'${text}' is no duration`);
  return Number(value) * (unit === 's' ? 1000 : 1);
}

/** `propose NAME [two-phase] [durable] [2s]` */
function parseOperation(name: string, words: readonly string[]): Command {
  const time = words.find((word) => /^\d+m?s$/.test(word));
  const body = { form: words.includes('two-phase') ? 'two-phase' : 'three-phase', durable: words.includes('durable'), name, data: null };
  return { name: 'propose', kind: 'commit', body, timeoutMs: time === undefined ? 10_000 : durationMs(time) };
}

/** `pause 20s [keep] [response 2s]` */
function parsePause(time: string | undefined, words: readonly string[]): Command {
  const response = words[words.indexOf('response') + 1];
  const responseMs = words.includes('response') ? durationMs(response ?? '') : 0;
  return {
    name: 'pause',
    forMs: durationMs(time ?? ''),
    reason: 'migration-out',
    responseMs,
    policy: words.includes('keep') ? 'keep' : 'move',
  };
}

/** `parameters NAME=VALUE... [node=N] [pair=A,B]`, as the node that is asked knows them */
function parseChange(base: bigint, words: readonly string[]): Command {
  const given = new Map(words.map((word) => word.split('=') as [string, string]));
  const pair = given.get('pair')?.split(',').map(Number) ?? null;
  const node = given.has('node') ? Number(given.get('node')) : null;
  const names = [...given.keys()].filter((name) => name !== 'pair' && name !== 'node');
  const wishes = names.map((name) => ({ name, node, pair, value: given.get(name) === 'default' ? null : Number(given.get(name)) }));
  return { name: 'propose', kind: 'parameters', body: { base, wishes }, timeoutMs: 5000 };
}

function parseCommand([name = '', first, second, ...more]: readonly string[]): Command {
  switch (name) {
    case 'propose':
      return parseOperation(first ?? '', [second ?? '', ...more]);
    case 'cancel':
      return { name, number: (BigInt(first ?? 0) << 32n) | BigInt(second ?? 0) };
    case 'pause':
      return parsePause(first, [second ?? '', ...more]);
    case 'resume':
    case 'offline':
    case 'online':
    case 'leave':
      return { name };
    case 'move':
      return { name, node: first === undefined ? null : Number(first) };
    case 'setStandby':
      return { name, node: Number(first) };
    case 'changeActiveNetwork':
      return { name, network: first ?? '' };
    case 'addVirtualAddress':
      return { name, address: { address: first ?? '', network: second ?? 'active' } };
    case 'deleteVirtualAddress':
      return { name, address: first ?? '' };
    case 'publish':
      return { name, event: first ?? '', facts: second === undefined ? {} : { by: second } };
    default:
      throw new Error(`there is no command '${name}'`);
  }
}
