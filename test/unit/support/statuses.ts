// A three-node cluster as node1, its manager, sees it: healthy, and in trouble.
import type { LinkStatus, NodeStatus, PeerPathStatus, ResourceStatus, RuntimeStatus } from '../../../lib/runtime/types.ts';

function node(id: number, changes: Partial<NodeStatus> = {}): NodeStatus {
  return {
    node: id,
    name: `node${id}`,
    memberId: id,
    role: 'client',
    state: 'member',
    preferredRole: 'none',
    voter: true,
    bridged: false,
    stalled: false,
    away: null,
    ...changes,
  };
}

function peer(id: number, changes: Partial<PeerPathStatus> = {}): PeerPathStatus {
  return { node: id, up: true, via: null, roundTripUs: 41.7, multicast: null, sent: 1000, received: 999, lossPercent: 0.1, ...changes };
}

function link(id: number, name: string, changes: Partial<LinkStatus> = {}): LinkStatus {
  return {
    link: id,
    name,
    kind: 'udp',
    network: 'a',
    interface: 'eth0',
    open: true,
    carrier: true,
    reason: null,
    peers: [peer(2), peer(3)],
    ...changes,
  };
}

function group(name: string, holder: number | null, changes: Partial<ResourceStatus> = {}): ResourceStatus {
  return {
    group: name,
    holder,
    epoch: 4,
    owner: 1,
    successors: [2, 3],
    failBackAfterMs: null,
    movesTo: null,
    ordersInstalled: true,
    failedAt: [],
    commands: [],
    addresses: [],
    ...changes,
  };
}

export function healthyStatus(): RuntimeStatus {
  return {
    cluster: 'demo',
    self: { node: 1, name: 'node1', memberId: 1, role: 'manager', boot: 1_795_000_000, startedMs: 900_000 },
    nowMs: 1_000_000,
    manager: 1,
    standby: 2,
    epoch: 7,
    quorum: {
      policy: 'majority',
      voters: [1, 2, 3],
      present: 3,
      needed: 2,
      quorate: true,
      ordersInstalled: true,
      silentUntilMs: null,
      witness: null,
      disk: null,
    },
    activeNetwork: 'a',
    standbyNetwork: 'b',
    nodes: [node(1, { role: 'manager', preferredRole: 'manager' }), node(2, { role: 'standby' }), node(3)],
    links: [
      link(0, 'a udp eth0'),
      link(1, 'b udp eth1', { network: 'b', interface: 'eth1', peers: [peer(2, { multicast: true }), peer(3, { multicast: false })] }),
    ],
    addresses: [{ address: '10.77.0.100/24', network: 'a', owner: 1, interface: 'eth0', conflict: null, egressMs: 0 }],
    resources: [
      group('web', 1, {
        addresses: [{ address: '10.77.0.101/24', network: 'a', owner: 1, interface: 'eth0', conflict: null, egressMs: 0 }],
      }),
    ],
    waiting: [],
    scheduling: {
      policy: 'fifo',
      priority: 50,
      wantedPriority: 50,
      reason: null,
      isolation: { secondThread: false, spin: false, busyPollUs: 0, cpuLatencyUs: null, reason: null },
      keepAwake: { wanted: true, reason: null },
      secondThread: { running: false, stoodIn: 0, longestMs: 0 },
      memoryLocked: true,
      memoryReason: null,
    },
    guard: {
      enforcement: 'tcx',
      reason: null,
      uncovered: [],
      displaced: 0,
      guardian: { running: true, restarts: 0, reason: null, ownGroup: false },
    },
    authentication: 'required',
    troubles: [],
    rejected: {},
    sendsRefused: 0,
    multicasts: { sent: 0, received: 0 },
    pausesWithoutNotice: 0,
  };
}

/** node3 has failed, network b has trouble, nobody has the address, and the machine grants nothing. */
export function troubledStatus(): RuntimeStatus {
  const status = healthyStatus();
  return {
    ...status,
    standby: null,
    quorum: { ...status.quorum, present: 1, quorate: false, ordersInstalled: false },
    nodes: [
      node(1, { role: 'manager' }),
      node(2, { stalled: true }),
      node(3, { state: 'failed', role: null, memberId: null }),
      node(9, { name: 'far', state: 'offline', role: 'offline', voter: false, bridged: true, preferredRole: 'client' }),
    ],
    links: [
      link(0, 'a udp eth0', { peers: [peer(2, { up: false, lossPercent: 37.5, roundTripUs: null }), peer(3, { up: false })] }),
      link(1, 'b udp eth1', { network: 'b', interface: 'eth1', open: false, reason: 'SO_BINDTODEVICE eth1: no such device', peers: [] }),
      link(2, 'b ethernet eth1', { kind: 'ethernet', network: 'b', interface: 'eth1', carrier: false, peers: [peer(2, { up: false })] }),
      link(3, 'serial', { kind: 'serial', network: null, interface: null, open: false, carrier: false, peers: [] }),
    ],
    addresses: [
      { address: '10.77.0.100/24', network: 'a', owner: null, interface: null, conflict: null, egressMs: null },
      { address: 'fd00::100/64', network: 'active', owner: 2, interface: null, conflict: '02:00:00:00:00:07', egressMs: null },
    ],
    resources: [
      group('web', null, {
        addresses: [{ address: '10.77.0.101/24', network: 'a', owner: null, interface: null, conflict: null, egressMs: null }],
      }),
      group('mail', 2, {
        failedAt: [1],
        commands: [{ command: 'queue', state: 'failed', restarts: 2 }],
        owner: 3,
        successors: [2],
        failBackAfterMs: 30_000,
        movesTo: 3,
      }),
    ],
    scheduling: {
      policy: 'other',
      priority: 0,
      wantedPriority: 50,
      reason: 'sched_setscheduler: operation not permitted',
      isolation: { secondThread: false, spin: false, busyPollUs: 0, cpuLatencyUs: null, reason: null },
      keepAwake: { wanted: true, reason: '/dev/cpu_dma_latency: Permission denied' },
      secondThread: { running: false, stoodIn: 0, longestMs: 0 },
      memoryLocked: false,
      memoryReason: 'mlock: cannot allocate memory',
    },
    authentication: 'none-insecure',
    waiting: [{ what: 'standing orders of epoch 8', nodes: [2, 3], sinceMs: 998_500 }],
    troubles: ['this node does not vote: the journal cannot be written (no space left on device)'],
  };
}

/** Healthy, and these nodes have said that they do not answer for a while. */
export function withAway(...nodes: readonly number[]): RuntimeStatus {
  const status = healthyStatus();
  const away = { untilMs: status.nowMs + 20_000, reason: 'maintenance' };
  return { ...status, nodes: status.nodes.map((each) => (nodes.includes(each.node) ? { ...each, away } : each)) };
}
