// A node acknowledges a round of a reconfiguration when its kernel has what the round asks for, and not before.
import assert from 'node:assert/strict';
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
  let state: Partial<NodeState> = {};
  const make = (): ResourceSteps =>
    new ResourceSteps(
      {
        nowMs: () => nowMs,
        interfaceInfo: () => ({ mac: '', carrier: true, addresses: kernel.map((address) => ({ address, prefixLength: 24 })) }),
        state: () => state as NodeState,
        placed: () => wanted,
        interfaces: () => ['eth0'],
        conflict: () => claims,
      },
      new LocalWork(
        () => nowMs,
        () => undefined,
      ),
    );
  const settled = (): Promise<StepAnswer> =>
    new Promise((resolve) => make().settle(5n, layout('10.0.0.1/24'), layout('10.0.0.2/24'), resolve));

  beforeEach(() => {
    [nowMs, kernel, wanted, claims] = [0, [], [placed('10.0.0.2')], null];
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
});
