// What came over which wire, and what must follow from it while networks change (R5, R7): whoever runs a new network has heard the
// manager there, and been heard; and where nothing else is wrong nobody is taken for failed.
import { type Reconfiguration, suspended } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Layout } from '../../lib/protocol/reconfiguration/state.ts';
import type { NodeId } from '../../lib/protocol/types.ts';
import type { SimulatedEvent } from './engine-port.ts';
import type { Host } from './host.ts';
import { nicsOf } from './links.ts';
import type { World } from './world.ts';

interface Change {
  readonly beganNs: number;
  readonly body: Reconfiguration;
  /** Who has said that it hears what it should. */
  readonly said: Set<NodeId>;
}

/** Sockets are closed by another thread. */
const CLOSED_NS = 200e6;
/** Until then the cluster may still be forming. */
const FORMED_NS = 3e9;

export class LinkBook {
  readonly #world: World;
  broken: string | null = null;
  /** Changes of networks that became active. */
  changes = 0;
  readonly #arrivals = new Map<string, number>();
  readonly #changes = new Map<bigint, Change>();
  readonly #activated = new Set<bigint>();

  constructor(world: World) {
    this.#world = world;
  }

  arrived(from: NodeId, to: NodeId, link: number): void {
    if (this.#world.options.networksChange === true) this.#arrivals.set(`${from}>${to}/${link}`, this.#world.schedule.nowNs);
  }

  began(number: bigint, body: Reconfiguration): void {
    if (!this.#changes.has(number)) this.#changes.set(number, { beganNs: this.#world.schedule.nowNs, body, said: new Set() });
  }

  saidHeard(number: bigint, node: NodeId): void {
    this.#changes.get(number)?.said.add(node);
  }

  activated(number: bigint, node: NodeId): void {
    const change = this.#changes.get(number);
    const manager = this.#world.ownerOf(0, number >> 32n);
    if (change === undefined) return;
    if (!this.#activated.has(number) && JSON.stringify(change.body.from.networks) !== JSON.stringify(change.body.to.networks))
      this.changes++;
    this.#activated.add(number);
    if (manager === undefined || manager === node || !change.said.has(node)) return;
    for (const link of freshBetween(change.body, node, manager))
      for (const [from, to] of [
        [manager, node],
        [node, manager],
      ])
        if ((this.#arrivals.get(`${from}>${to}/${link}`) ?? 0) < change.beganNs)
          this.broken ??= `node ${node} runs the link ${link}, which is new, and nothing of node ${from} has come to node ${to} there`;
  }

  engineSaid(node: NodeId, event: SimulatedEvent): void {
    const { options, schedule } = this.#world;
    const isQuiet = options.lossPerMille === 0 && options.faults.length === 0;
    const isCalm = options.networksChange === true && isQuiet;
    // A standby that is one no more beats to no client, and a client whose event loop is late has not heard of it yet.
    const areClients = [node, event.node].every((id) => this.#world.hosts.find((host) => host.id === id)?.state?.role === 'client');
    if (isCalm && event.kind === 'node_down' && !areClients && schedule.nowNs > FORMED_NS)
      this.broken ??= `node ${node} takes node ${event.node} for failed, and all that changed are networks`;
  }

  /** Soon after a change has ended here: not only in the end. */
  ended(host: Host, layout: Layout): void {
    const { schedule } = this.#world;
    const { boot, links } = host;
    const { asked } = links;
    const isSame = (): boolean => host.boot === boot && links.asked === asked;
    schedule.at(schedule.nowNs + CLOSED_NS, () =>
      host.onMachine(() => {
        const broken = isSame() && host.state !== null && suspended({ state: host.state }) === null ? linksAsOf(host, layout) : null;
        this.broken ??= broken;
      }),
    );
  }
}

/** Null: the node has the links of this layout, all counting, and no other. */
export function linksAsOf({ id, links }: Host, layout: Layout): string | null {
  const wanted = nicsOf(layout, id).map(({ link }) => link);
  const [has, should] = [[...links.open.keys()], wanted].map((each) => each.sort().join(' '));
  if (has !== should) return `node ${id} has the links ${has}, and should have ${should}`;
  const offline = wanted.filter((link) => links.offline.has(link));
  return offline.length === 0 ? null : `node ${id} takes the links ${offline.join(' ')} for ones that go`;
}

function freshBetween({ from, to }: Reconfiguration, one: NodeId, other: NodeId): number[] {
  const common = ({ networks = [] }: Layout): number[] =>
    networks.filter(({ nodes }) => nodes.includes(one) && nodes.includes(other)).flatMap(({ links }) => links);
  const before = common(from);
  return common(to).filter((link) => !before.includes(link));
}
