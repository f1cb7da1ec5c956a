// Stories of nodes with two adapters on one wire (R9): by which of them a node serves its address.
import { interfaceName, nodeName } from '../../../lib/demo/topology.ts';
import type { VipClient } from '../../../lib/demo/vip-client.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import { ADDRESS, type Scene } from './scene.ts';

export const SERVICE: string = interfaceName(0);
export const STANDBY: string = interfaceName(1);

/** Waits until the address of a node is on this adapter alone, its status says so, and the client has answers. */
export async function servesBy(scene: Scene, client: VipClient, node: number, adapter: string): Promise<void> {
  let places = '';
  const look = async (): Promise<boolean> => {
    const held = await scene.stage.addresses(nodeName(node));
    places = held.flatMap((entry) => (entry.address === ADDRESS ? [entry.interface] : [])).join(' ');
    const { addresses } = await scene.cluster.status(node);
    return places === adapter && !client.silent && client.owner === node && addresses[0]?.interface === adapter;
  };
  await waitFor(`answers by ${adapter}`, look, { deadlineMs: 20_000, seen: () => `the address on ${places}, silent: ${client.silent}` });
}
