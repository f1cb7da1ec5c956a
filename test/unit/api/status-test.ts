// What counts as degraded: every reason by itself, from a healthy cluster.
import assert from 'node:assert/strict';
import { assess, type Degradation } from '../../../lib/api/status.ts';
import type { NodeStatus, RuntimeStatus } from '../../../lib/runtime/types.ts';
import { healthyStatus, troubledStatus } from '../support/statuses.ts';

function reasons(changes: Partial<RuntimeStatus>): Degradation['reason'][] {
  return assess({ ...healthyStatus(), ...changes }).degraded.map((entry) => entry.reason);
}

function nodesWith(id: number, changes: Partial<NodeStatus>): readonly NodeStatus[] {
  return healthyStatus().nodes.map((node) => (node.node === id ? { ...node, ...changes } : node));
}

describe('health', () => {
  const healthy = healthyStatus();

  it('is found in a healthy cluster, though no kernel guard is there yet', () => {
    assert.deepEqual(reasons({}), []);
  });

  it('is lost with the role, the manager or the standby', () => {
    assert.deepEqual(reasons({ self: { ...healthy.self, role: 'unmanaged' } }), ['unmanaged']);
    assert.deepEqual(reasons({ self: { ...healthy.self, role: 'offline' } }), ['offline']);
    assert.deepEqual(reasons({ manager: null }), ['no-manager']);
    assert.deepEqual(reasons({ standby: null }), ['no-standby']);
  });

  it('needs no standby where nobody else may manage', () => {
    assert.deepEqual(
      reasons({ standby: null, nodes: healthy.nodes.map((node) => (node.node === 1 ? node : { ...node, preferredRole: 'client' })) }),
      [],
    );
  });

  it('is lost with votes', () => {
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, quorate: false } }), ['no-quorum']);
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, present: 2 } }), ['voters-missing']);
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, ordersInstalled: false } }), ['orders-missing']);
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, quorate: null, ordersInstalled: null } }), [], 'a client does not know');
  });

  it('is lost with the witness', () => {
    const witness = { node: 3, heard: true, askedMs: null, holds: null };
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, witness } }), []);
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, witness: { ...witness, heard: false } } }), ['witness-missing']);
  });

  it('is lost with the shared disk', () => {
    const disk = { device: '/dev/sdx', error: null, worstIoMs: 3, askedMs: null, holds: false };
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, disk } }), []);
    assert.deepEqual(reasons({ quorum: { ...healthy.quorum, disk: { ...disk, error: 'gone' } } }), ['disk-fails']);
  });

  it('is lost with nodes', () => {
    assert.deepEqual(reasons({ nodes: nodesWith(3, { state: 'failed' }) }), ['node-failed']);
    assert.deepEqual(reasons({ nodes: nodesWith(3, { state: 'absent' }) }), ['node-absent']);
    assert.deepEqual(reasons({ nodes: nodesWith(3, { state: 'offline' }) }), ['node-offline']);
    assert.deepEqual(reasons({ nodes: nodesWith(3, { stalled: true }) }), ['node-stalled']);
  });

  it('is lost with links and paths; a node that is silent everywhere is named once', () => {
    const [first, second] = healthy.links;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(reasons({ links: [{ ...first, open: false }, second] }), ['link-closed']);
    assert.deepEqual(reasons({ links: [{ ...first, carrier: false }, second] }), ['no-carrier']);
    const silent = first.peers.map((peer) => (peer.node === 3 ? { ...peer, up: false } : peer));
    assert.deepEqual(reasons({ links: [{ ...first, peers: silent }, second] }), ['path-silent']);
    assert.deepEqual(reasons({ links: [{ ...first, peers: silent }, second], nodes: nodesWith(3, { state: 'failed' }) }), ['node-failed']);
    assert.deepEqual(reasons({ links: [{ ...first, interface: null, open: false }, second] }), [], 'a link that this node is not on');
  });

  it('is lost with addresses', () => {
    const [entry] = healthy.addresses;
    assert.ok(entry !== undefined);
    assert.deepEqual(reasons({ addresses: [{ ...entry, owner: null }] }), ['address-without-owner']);
    assert.deepEqual(reasons({ addresses: [{ ...entry, conflict: '02:00:00:00:00:07' }] }), ['address-conflict']);
  });

  it('is lost with real-time priority and locked memory, unless they are not wanted', () => {
    const { scheduling } = healthy;
    assert.deepEqual(reasons({ scheduling: { ...scheduling, policy: 'other', memoryLocked: false } }), ['scheduling', 'memory']);
    assert.deepEqual(reasons({ scheduling: { ...scheduling, policy: 'other', memoryLocked: false, wantedPriority: 0 } }), []);
    assert.deepEqual(reasons({ scheduling: { ...scheduling, policy: 'round-robin' } }), []);
  });

  it('is lost with what the runtime knows to be wrong', () => {
    assert.deepEqual(reasons({ troubles: ['x'] }), ['trouble']);
  });

  it('has a sentence for each reason', () => {
    for (const { message } of assess(troubledStatus()).degraded) assert.match(message, /^\S.*\.$/);
  });
});
