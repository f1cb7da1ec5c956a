// The state of the cluster as one node sees it, with an opinion: what of it is not as it should be. The
// runtime reports facts; whether they are healthy is decided here, once, for the screen, the exit code of
// `heartwire status`, and programs.
import type { LinkStatus, NodeStatus, RuntimeStatus } from '../runtime/types.ts';

export interface Degradation {
  /** Stable word to match on. */
  readonly reason:
    | 'offline'
    | 'unmanaged'
    | 'no-manager'
    | 'no-quorum'
    | 'voters-missing'
    | 'witness-missing'
    | 'disk-fails'
    | 'no-standby'
    | 'orders-missing'
    | 'node-failed'
    | 'node-absent'
    | 'node-offline'
    | 'node-stalled'
    | 'unguarded'
    | 'link-closed'
    | 'no-carrier'
    | 'path-silent'
    | 'address-without-owner'
    | 'address-conflict'
    | 'group-without-holder'
    | 'commands-failed'
    | 'scheduling'
    | 'memory'
    | 'trouble';
  /** One sentence for people. */
  readonly message: string;
}

/** Plain JSON: what `heartwire status --json` prints. */
export interface ClusterStatus extends RuntimeStatus {
  /** Empty: all is well. */
  readonly degraded: readonly Degradation[];
}

/** Adds the opinion to the facts. */
export function assess(facts: RuntimeStatus): ClusterStatus {
  return {
    ...facts,
    degraded: [
      ...roles(facts),
      ...voting(facts),
      ...nodes(facts),
      ...links(facts),
      ...addresses(facts),
      ...groups(facts),
      ...machine(facts),
    ],
  };
}

/** "node2", or "node 7" where no name is known. */
export function nodeLabel(status: Pick<RuntimeStatus, 'nodes'>, node: number): string {
  return status.nodes.find((candidate) => candidate.node === node)?.name ?? `node ${node}`;
}

function roles(status: RuntimeStatus): Degradation[] {
  const { self } = status;
  if (self.role === 'offline')
    return [{ reason: 'offline', message: `${self.name} is offline: it takes no part in the cluster until \`heartwire online\`.` }];
  if (self.role === 'unmanaged') return [{ reason: 'unmanaged', message: `${self.name} is unmanaged: it looks for a manager.` }];
  if (status.manager === null) return [{ reason: 'no-manager', message: 'There is no manager.' }];
  return status.standby === null && othersMayManage(status)
    ? [{ reason: 'no-standby', message: 'There is no standby: the next failure takes an election.' }]
    : [];
}

function othersMayManage(status: RuntimeStatus): boolean {
  return status.nodes.filter((node) => node.voter && node.preferredRole !== 'client' && !node.bridged).length > 1;
}

function voting(status: RuntimeStatus): Degradation[] {
  const { quorum } = status;
  const found: Degradation[] = [];
  if (quorum.quorate === false)
    found.push({ reason: 'no-quorum', message: 'The manager has no majority of the voters: it holds no address and commits nothing.' });
  if (status.self.role !== 'offline' && quorum.present < quorum.voters.length) {
    found.push({
      reason: 'voters-missing',
      message: `${quorum.present} of ${quorum.voters.length} voters are heard; ${quorum.needed} must agree.`,
    });
  }
  if (quorum.witness?.heard === false && status.self.role !== 'offline') {
    found.push({
      reason: 'witness-missing',
      message: `The witness ${nodeLabel(status, quorum.witness.node)} is not heard: when one of the two nodes falls silent, the other gives up its addresses.`,
    });
  }
  if (quorum.disk !== null && quorum.disk.error !== null) {
    const message = `The shared disk ${quorum.disk.device} does not vote: ${quorum.disk.error}.`;
    found.push({ reason: 'disk-fails', message });
  }
  if (quorum.ordersInstalled === false && quorum.voters.length > 1)
    found.push({ reason: 'orders-missing', message: 'The order of succession is not yet installed at all voters that are here.' });
  return found;
}

function nodes(status: RuntimeStatus): Degradation[] {
  return status.nodes.flatMap((node): Degradation[] => {
    if (node.node === status.self.node) return [];
    const word = stateWord(node);
    if (word === null)
      return node.stalled ? [{ reason: 'node-stalled', message: `${node.name} beats, and its event loop does not turn.` }] : [];
    return [word];
  });
}

function stateWord(node: NodeStatus): Degradation | null {
  if (node.state === 'failed') return { reason: 'node-failed', message: `${node.name} has failed.` };
  if (node.state === 'absent') return { reason: 'node-absent', message: `${node.name} has not been heard since this node started.` };
  return node.state === 'offline' ? { reason: 'node-offline', message: `${node.name} is offline.` } : null;
}

function links(status: RuntimeStatus): Degradation[] {
  if (status.self.role === 'offline') return [];
  return status.links
    .filter((link) => link.interface !== null)
    .flatMap((link): Degradation[] => {
      if (!link.open)
        return [{ reason: 'link-closed', message: `Link ${link.name} is not open${link.reason === null ? '' : `: ${link.reason}`}.` }];
      if (!link.carrier) return [{ reason: 'no-carrier', message: `Link ${link.name} has no carrier.` }];
      return silentPaths(status, link);
    });
}

/** A node that is silent everywhere is reported as a node, not once more for each of its paths. */
function silentPaths(status: RuntimeStatus, link: LinkStatus): Degradation[] {
  const living = new Set(status.nodes.filter((node) => node.state === 'member').map((node) => node.node));
  const silent = link.peers.filter((peer) => !peer.up && living.has(peer.node)).map((peer) => nodeLabel(status, peer.node));
  return silent.length === 0 ? [] : [{ reason: 'path-silent', message: `Link ${link.name} does not hear ${silent.join(', ')}.` }];
}

function addresses(status: RuntimeStatus): Degradation[] {
  return status.addresses.flatMap((entry) => [
    ...(entry.owner === null ? [{ reason: 'address-without-owner' as const, message: `${entry.address} has no owner.` }] : []),
    ...(entry.conflict === null
      ? []
      : [{ reason: 'address-conflict' as const, message: `${entry.address} is held by a stranger too, at ${entry.conflict}.` }]),
  ]);
}

function groups(status: RuntimeStatus): Degradation[] {
  return status.resources.flatMap(({ group, holder, failedAt, addresses: held }): Degradation[] => {
    const failed = failedAt.map(
      (node): Degradation => ({
        reason: 'commands-failed',
        message: `Commands of resource group ${group} have failed on ${nodeLabel(status, node)}: \`heartwire move ${group} ${nodeLabel(status, node)}\` tries them again.`,
      }),
    );
    if (holder === null) return [{ reason: 'group-without-holder', message: `Resource group ${group} is held by nobody.` }, ...failed];
    return [...addresses({ ...status, addresses: held }), ...failed];
  });
}

function machine(status: RuntimeStatus): Degradation[] {
  const { scheduling } = status;
  const found: Degradation[] = status.troubles.map((trouble) => ({ reason: 'trouble', message: sentence(trouble) }));
  for (const why of status.guard.uncovered) found.push({ reason: 'unguarded', message: `The kernel guard is not on ${why}.` });
  if (scheduling.wantedPriority === 0 || scheduling.policy === 'none') return found;
  const because = (reason: string | null): string => (reason === null ? '.' : `: ${reason}.`);
  if (scheduling.policy === 'other')
    found.push({
      reason: 'scheduling',
      message: `The beat thread has no real-time priority${because(scheduling.reason)} Grant it, or set heartbeat.priority: 0.`,
    });
  if (!scheduling.memoryLocked) found.push({ reason: 'memory', message: `Memory is not locked${because(scheduling.memoryReason)}` });
  return found;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
