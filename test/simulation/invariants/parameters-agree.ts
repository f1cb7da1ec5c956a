// All or none (P1): a version of the parameters is one set wherever it is in force; and at the end all members have the newest (P4).
import type { NodeState } from '../../../lib/protocol/node.ts';
import type { Invariant } from './index.ts';
import type { World } from '../world.ts';

export const parametersAgree: Invariant = {
  name: 'parameters: all old or all new',
  check: (world) => {
    for (const host of world.hosts) {
      if (!host.running || host.state === null) continue;
      const { inForce, intervalUs, wantedIntervalUs } = host.parameters;
      // A node that cannot keep the set does not join: until it has joined it is no member that could differ.
      if (intervalUs !== wantedIntervalUs && isMember(host.role()) && !isChanging(host.state))
        return `node ${host.id} beats by ${intervalUs} us, and ${wantedIntervalUs} us are in force`;
      const { version, settings } = inForce;
      if (version === 0n) continue;
      const known = world.parameterSets.get(version);
      if (known === settings) continue;
      if (world.refusedParameters.has(version)) return `node ${host.id} has the set ${version}, which somebody refused`;
      const text = JSON.stringify(settings);
      if (known !== undefined && JSON.stringify(known) !== text) return `node ${host.id} has another set ${version}: ${text}`;
      world.parameterSets.set(version, settings);
    }
    return null;
  },
  settled: (world) => disagreement(world),
};

const isMember = (role: string): boolean => ['manager', 'standby', 'client'].includes(role);

function isChanging({ rounds }: NodeState): boolean {
  return [...rounds.instances.values()].some(({ opening }) => opening.kind === 'parameters');
}

function disagreement(world: World): string | null {
  if (world.options.quorum !== 'majority') return null;
  const members = world.hosts.filter((host) => host.running && isMember(host.role()));
  const versions = new Set(members.map((host) => host.parameters.inForce.version));
  const isDecided = members.every(({ state }) => state !== null && !isChanging(state));
  if (versions.size <= 1 || !isDecided) return null;
  return `members have ${members.map((host) => `${host.id}: ${host.parameters.inForce.version}`).join(', ')}`;
}
