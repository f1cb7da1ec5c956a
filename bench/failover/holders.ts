// Who holds the address, as the kernels of the stage tell it, whatever the systems say.
import type { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, networkIds, nodeIds, nodeName } from '../../lib/demo/topology.ts';
import { VIRTUAL_ADDRESS } from './system.ts';

/** The network on whose adapter a node holds the address; null: it does not hold it. */
export async function networkHeldOn(stage: Stage, node: number): Promise<number | null> {
  const held = (await stage.addresses(nodeName(node))).find(({ address }) => address === VIRTUAL_ADDRESS);
  return networkIds(stage.topology).find((network) => interfaceName(network) === held?.interface) ?? null;
}

export async function holders(stage: Stage): Promise<number[]> {
  const held = await Promise.all(nodeIds(stage.topology).map(async (node) => ({ node, network: await networkHeldOn(stage, node) })));
  return held.filter(({ network }) => network !== null).map(({ node }) => node);
}
