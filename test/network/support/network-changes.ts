// Stories of networks that come and go (R5): a file with other networks or adapters, given to the cluster as people do it, and what
// is heard over which of them afterwards.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { nodeFiles } from '../../../lib/demo/cluster-files.ts';
import { SANDBOX_DIRECTORY } from '../../../lib/demo/sandbox.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import type { Scene } from './scene.ts';

export interface NetworkInFile {
  readonly name: string;
  readonly link?: number;
  readonly paths?: readonly string[];
  readonly standby_for?: string;
  readonly multicast?: boolean;
}

export interface FileOfNetworks {
  readonly nodes: readonly { readonly name: string; readonly id: number; readonly interfaces: Readonly<Record<string, string>> }[];
  readonly networks: readonly NetworkInFile[];
}

/** By node and network: another interface than it has there, or none. */
export type OtherInterfaces = Readonly<Record<number, Readonly<Record<string, string | null>>>>;

export const A: NetworkInFile = { name: 'a' };
export const B: NetworkInFile = { name: 'b' };
export const C: NetworkInFile = { name: 'c' };
const INTERFACES: Readonly<Record<string, string>> = { a: 'net0', b: 'net1', c: 'net2' };

/** Each node is on all of them, but for `others`. */
export function fields(networks: readonly NetworkInFile[], others: OtherInterfaces = {}, count = 3): FileOfNetworks {
  const interfacesOf = (id: number): Record<string, string> => {
    const all = networks.map(({ name }): [string, string | null] => [name, INTERFACES[name] ?? '']);
    const used = Object.entries({ ...Object.fromEntries(all), ...others[id] });
    return Object.fromEntries(used.filter((each): each is [string, string] => each[1] !== null));
  };
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    id: index + 1,
    interfaces: interfacesOf(index + 1),
  }));
  return { nodes, networks };
}

export async function config(
  scene: Scene,
  node: number,
  ...words: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return scene.cluster.daemon(node).command(['config', ...words]);
}

export async function edit(scene: Scene, name: string, change: Readonly<Record<string, unknown>> | FileOfNetworks): Promise<void> {
  const { stage, cluster, formed } = scene;
  const folder = `${SANDBOX_DIRECTORY}/${cluster.plan.name}`;
  const before = parse(readFileSync(stage.sandbox.path(`${folder}/heartwire.yaml`), 'utf8')) as object;
  writeFileSync(stage.sandbox.path(`${folder}/${name}.yaml`), stringify({ ...before, ...change }));
  const { code, stdout, stderr } = await config(scene, formed.manager, 'edit', `${folder}/${name}.yaml`);
  assert.equal(code, 0, stdout + stderr);
}

/** Asks the standby: it knows the end then, and the others a moment later. */
export async function applies(scene: Scene): Promise<void> {
  const { code, stdout, stderr } = await config(scene, scene.formed.standby, 'apply', '--yes');
  assert.equal(code, 0, stdout + stderr);
}

/** The networks that beats come over between a node and every other one, as that node (the manager) sees it. */
export async function heardOn(scene: Scene, by: number = scene.formed.manager): Promise<string> {
  const { links } = await scene.cluster.status(by);
  const others = scene.cluster.plan.nodes.length - 1;
  const heard = links.filter(({ open, peers }) => open && peers.filter(({ up }) => up).length === others);
  return heard.map(({ link, network }) => `${link} ${network}`).join(', ');
}

export async function hears(scene: Scene, networks: string): Promise<void> {
  await waitFor(`beats over ${networks}`, async () => (await heardOn(scene)) === networks, { deadlineMs: 20_000, seen: () => '' });
}

/** Waits until all disks stand so: who asked for a change hears of its end before the last node has written it down. */
export async function stands(scene: Scene, wanted: readonly string[] | 'alike'): Promise<void> {
  const isSo = (): boolean => (wanted === 'alike' ? standing(scene).length === 1 : String(standing(scene)) === String(wanted));
  await waitFor('the same on all disks', isSo, { deadlineMs: 20_000, seen: () => standing(scene).join(' | ') });
}

/** Which versions each node has on its disk, and what is left of a change. */
export function standing({ stage, cluster }: Scene): string[] {
  const all = cluster.plan.nodes.map((node) => {
    const { active, temporary } = ConfigurationVersions.open(stage.sandbox.path(nodeFiles(cluster.plan, node).state));
    return `${active?.version} ${active?.topology} ${temporary?.protocol}`;
  });
  return [...new Set(all)];
}
