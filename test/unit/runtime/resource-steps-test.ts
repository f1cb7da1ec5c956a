// A node acknowledges a round of a reconfiguration when its kernel has what the round asks for, and not before.
import assert from 'node:assert/strict';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import type { NicDescription } from '../../../lib/protocol/types.ts';
import type { NodeState } from '../../../lib/protocol/membership/state.ts';
import type { Layout } from '../../../lib/protocol/reconfiguration/state.ts';
import type { PlacedAddress } from '../../../lib/runtime/address-book.ts';
import { LocalWork } from '../../../lib/runtime/local-work.ts';
import { ResourceSteps, type StepAnswer } from '../../../lib/runtime/resource-steps.ts';

const layout = (...addresses: string[]): Layout => ({
  addresses: addresses.map((address) => ({ address, network: 'a' })),
  nodes: [1, 2],
  voters: [1, 2],
  voterSet: 1,
});
const placed = (host: string): PlacedAddress => ({
  seat: 0,
  address: host,
  prefixLength: 24,
  interface: 'eth0',
  standbyInterface: null,
  text: `${host}/24`,
  network: 'a',
});

describe('steps of a reconfiguration', () => {
  let nowMs = 0;
  let kernel: string[] = [];
  let wanted: PlacedAddress[] = [];
  let claims: string | null = null;
  let heard: string[] = [];
  let heardMs = 0;
  let state: Partial<NodeState> = {};
  let answers: { address: string; mac: string }[] = [];
  let asked: string[] = [];
  let probes = 0;
  let described = 0;
  let kernelMac = '';
  const all: ResourceSteps[] = [];
  const stopAll = (): void => all.splice(0).forEach((steps) => steps.stop());
  const make = (): ResourceSteps => {
    const steps = new ResourceSteps(
      {
        nowMs: () => nowMs,
        interfaceInfo: () => ({ mac: kernelMac, carrier: true, addresses: kernel.map((address) => ({ address, prefixLength: 24 })) }),
        state: () => state as NodeState,
        placed: () => wanted,
        interfaces: () => ['eth0'],
        isHeard: (node, link, sinceMs) => heard.includes(`${node} ${link}`) && heardMs >= sinceMs,
        conflict: () => claims,
        place: () => wanted,
        probeMs: () => 200,
        describeAnew: () => {
          described++;
          if (state.self !== undefined) state = { ...state, self: { ...state.self, nics: nics(kernelMac) } };
        },
        openProbe: () => {
          probes++;
          return {
            ethernet: () => true,
            ask: (address) => asked.push(address),
            heard: () => answers.splice(0),
            close: () => void probes--,
          };
        },
      },
      new LocalWork(
        () => nowMs,
        () => undefined,
      ),
    );
    all.push(steps);
    return steps;
  };
  const settled = (): Promise<StepAnswer> =>
    new Promise((resolve) => make().settle(5n, layout('10.0.0.1/24'), layout('10.0.0.2/24'), resolve));

  const [OWNER, FOREIGN] = ['02:00:00:00:00:01', '02:00:00:00:00:99'];
  const nics = (mac: string): NicDescription[] => [{ link: 0, network: 'a', interface: 'eth0', address: null, mac, carrier: true }];
  /** The wire at once, and then again when its time is over. */
  const looked = async (step: 'search' | 'verify', ...heard: string[]): Promise<StepAnswer> => {
    answers = heard.map((mac) => ({ address: '10.0.0.2', mac }));
    const answer = new Promise<StepAnswer>((resolve) => make()[step](5n, layout(), layout('10.0.0.2/24'), resolve));
    nowMs += 300;
    const result = await answer;
    assert.equal(probes, 0, 'its sockets are closed');
    return result;
  };
  /** This node is a member, and node 1 owns. */
  function asMember(over: { linksDown?: unknown[]; network?: string } = {}): void {
    const description = { node: 1, nics: nics(OWNER).map((nic) => ({ ...nic, network: over.network ?? 'a' })) };
    const member = { description, linksDown: over.linksDown ?? [] } as unknown as NonNullable<ReturnType<NodeState['members']['get']>>;
    const self = { node: 2, nics: nics('02:00:00:00:00:02') } as unknown as NodeState['self'];
    state = { role: 'client', manager: 1, self, members: new Map([[1, member]]), config: {} as NodeState['config'], virtualAddresses: [] };
  }

  afterEach(stopAll);

  beforeEach(() => {
    [answers, asked, probes] = [[], [], 0];
    [described, kernelMac] = [0, OWNER];
    [heardMs, nowMs, kernel, wanted, claims] = [0, 0, [], [placed('10.0.0.2')], null];
    state = { role: 'manager', seat: 'owned' };
  });

  it('the owner waits until its kernel has the new address, and the old one no more', async () => {
    kernel = ['10.0.0.1'];
    const answer = settled();
    kernel = ['10.0.0.1', '10.0.0.2'];
    setTimeout(() => (kernel = ['10.0.0.2']), 30);
    assert.deepEqual(await answer, { ok: true });
  });

  it('who is not the owner must have neither', async () => {
    state = { role: 'client' };
    assert.deepEqual(await settled(), { ok: true });
    kernel = ['10.0.0.2'];
    const answer = settled();
    nowMs = 10_000;
    assert.deepEqual(await answer, { ok: false, reason: '10.0.0.2 is still on eth0' });
  });

  it('what does not come in its time is a refusal, and so is another host that has the address, at once', async () => {
    const late = settled();
    nowMs = 10_000;
    assert.deepEqual(await late, { ok: false, reason: '10.0.0.2/24 is not on eth0 yet' });
    claims = '02:00:00:00:00:01';
    assert.deepEqual(await settled(), { ok: false, reason: '10.0.0.2/24 is held by another host (02:00:00:00:00:01)' });
  });

  it('a node that comes must be a member everywhere, and answer the manager', async () => {
    const heard = (): Promise<StepAnswer> => new Promise((resolve) => make().hear(5n, [4], resolve));
    const member = { phase: 'active', alive: null } as unknown as NonNullable<ReturnType<NodeState['members']['get']>>;
    state = { role: 'manager', self: { node: 1 } as NodeState['self'], members: new Map([[4, member]]) };
    const unanswered = heard();
    nowMs = 10_000;
    assert.deepEqual(await unanswered, { ok: false, reason: 'node 4 answers no beats yet' });
    member.alive = true;
    assert.deepEqual(await heard(), { ok: true });
    state = { ...state, role: 'client', members: new Map() };
    const absent = heard();
    nowMs = 20_000;
    assert.equal((await absent).ok, false);
    state = { ...state, self: { node: 4 } as NodeState['self'] };
    assert.deepEqual(await heard(), { ok: true });
  });

  it('what is to be acquired must be free: the wire is asked, and who has it is named', async () => {
    asMember();
    assert.deepEqual(await looked('search'), { ok: true });
    assert.deepEqual(new Set(asked), new Set(['10.0.0.2']));
    const held = await looked('search', FOREIGN);
    assert.deepEqual(held, { ok: false, reason: `10.0.0.2/24 on a is held by another host (${FOREIGN}) already` });
    const byMember = await looked('search', OWNER);
    assert.deepEqual(byMember, { ok: false, reason: `10.0.0.2/24 on a is held by node 1 (${OWNER}) already` });
  });

  it('what the cluster has already is not asked for', async () => {
    asMember();
    state = { ...state, virtualAddresses: [{ address: '10.0.0.2/24', network: 'a' }] };
    wanted = [];
    assert.deepEqual(await looked('search', OWNER), { ok: true });
    assert.deepEqual(asked, []);
  });

  it('a member must see the owner, and nobody else', async () => {
    asMember();
    assert.deepEqual(await looked('verify', OWNER), { ok: true });
    const foreign = looked('verify', OWNER, FOREIGN);
    nowMs += 1000;
    assert.deepEqual(await foreign, {
      ok: false,
      reason: `10.0.0.2/24 on a is answered for by another host (${FOREIGN}), and node 1 owns it`,
    });
    const silent = looked('verify');
    nowMs += 10_000;
    assert.deepEqual(await silent, { ok: false, reason: 'node 1 does not answer for 10.0.0.2/24 on a' });
  });

  it('the owner must hear nobody', async () => {
    kernel = ['10.0.0.2'];
    state = { role: 'manager', seat: 'owned', manager: 1, self: { node: 1, nics: nics(OWNER) } as unknown as NodeState['self'] };
    state = { ...state, members: new Map(), config: {} as NodeState['config'] };
    assert.deepEqual(await looked('verify'), { ok: true });
    assert.equal((await looked('verify', FOREIGN)).ok, false);
  });

  it('another MAC of the owner is its own as soon as it has told of it', async () => {
    asMember();
    const verified = looked('verify', OWNER, FOREIGN);
    setTimeout(() => {
      const member = state.members?.get(1);
      if (member !== undefined) member.description = { ...member.description, nics: nics(FOREIGN) };
    }, 30);
    assert.deepEqual(await verified, { ok: true });
    // At the owner: what its kernel has counts, and it tells the others.
    stopAll();
    described = 0;
    [kernel, kernelMac] = [['10.0.0.2'], FOREIGN];
    state = { role: 'manager', seat: 'owned', manager: 1, self: { node: 1, nics: nics(OWNER) } as unknown as NodeState['self'] };
    state = { ...state, members: new Map(), config: {} as NodeState['config'] };
    assert.deepEqual(await looked('verify'), { ok: true });
    assert.equal(described, 1);
    // And after its own look, as long as others may still look.
    kernelMac = '02:00:00:00:00:aa';
    await waitFor('another word of it', () => described === 2, { deadlineMs: 5000 });
  });

  it('who cannot see skips that, and says so: no adapter, an owner that is not on that network, or not heard there', async () => {
    asMember({ network: 'b' });
    assert.deepEqual((await looked('verify')).payload, ['10.0.0.2/24: node 1 has no adapter on a']);
    asMember({ linksDown: [{ link: 0, sinceMs: 0 }] });
    const unheard = looked('verify');
    nowMs += 1000;
    assert.deepEqual((await unheard).payload, ['10.0.0.2/24: node 1 is not heard on a']);
    asMember();
    wanted = [];
    assert.deepEqual((await looked('verify')).payload, ['10.0.0.2/24: no adapter on a']);
  });

  describe('where networks come and go', () => {
    const of = (phase: string): NonNullable<ReturnType<NodeState['members']['get']>> =>
      ({ phase, away: null }) as unknown as NonNullable<ReturnType<NodeState['members']['get']>>;
    const link = (number: number): { link: number; name: string } => ({ link: number, name: `n${number} udp eth${number}` });
    const common = [2, 3, 4].map((node) => ({ node, kept: [link(0), link(1)], fresh: [link(2)] }));
    let stranded: string | null = null;
    const step = (name: 'stay' | 'hearLinks'): Promise<StepAnswer> =>
      new Promise((resolve) =>
        name === 'stay' ? make().stay(5n, common, () => stranded, resolve) : make().hearLinks(5n, common, 0, resolve),
      );
    const members = new Map([
      [2, of('active')],
      [3, of('active')],
      [4, of('failed')],
    ]);

    it('the manager hears each member, and a member the manager, on what stays (R5)', async () => {
      [state, heard] = [{ role: 'manager', members }, ['2 1', '3 2']];
      const alone = step('stay');
      nowMs = 10_000;
      assert.deepEqual(await alone, { ok: false, reason: 'node 3 is heard on no network that stays' });
      state = { role: 'client', manager: 2, members };
      assert.deepEqual(await step('stay'), { ok: true });
    });

    it('and no address is left on an adapter that goes (R9)', async () => {
      [state, heard] = [{ role: 'manager', members }, ['2 1', '3 1']];
      stranded = 'the addresses of a are on eth1';
      const left = step('stay');
      nowMs = 15_000;
      assert.deepEqual(await left, { ok: false, reason: 'the addresses of a are on eth1' });
      const moved = step('stay');
      stranded = null;
      assert.deepEqual(await moved, { ok: true });
    });

    it('and on every link that comes, whoever is a member (R5)', async () => {
      [state, heard] = [{ role: 'manager', members }, ['2 2']];
      const silent = step('hearLinks');
      nowMs = 20_000;
      assert.deepEqual(await silent, { ok: false, reason: 'node 3 is not heard on the new link n2 udp eth2' });
      heard = ['2 2', '3 2'];
      assert.deepEqual(await step('hearLinks'), { ok: true });
    });

    it('but not what came over an earlier link of that number, which is still closing (R5)', async () => {
      [state, heard, heardMs] = [{ role: 'manager', members }, ['2 2', '3 2'], 4];
      const again = new Promise<StepAnswer>((resolve) => make().hearLinks(5n, common, 5, resolve));
      nowMs = 20_000;
      assert.deepEqual(await again, { ok: false, reason: 'node 2 is not heard on the new link n2 udp eth2' });
      heardMs = 5;
      assert.deepEqual(await new Promise((resolve) => make().hearLinks(5n, common, 5, resolve)), { ok: true });
    });
  });
});
