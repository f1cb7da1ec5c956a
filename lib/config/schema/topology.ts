// Sections `networks`, `serial` and `nodes`: what there is. That they fit together is checked in rules.ts.
import { z } from 'zod';
import type { NodeConfig } from '../config.ts';
import type { NetworkInFile, SerialInFile } from '../links.ts';
import { interfaceName, name, networkName, nodeName } from './words.ts';

const linkNumber = z.int().min(0).max(7).optional();

export const networkSchema: z.ZodType<NetworkInFile> = z
  .strictObject({
    name: name('network')
      .refine((text) => text !== 'active', { error: 'active means "whichever network is active". Choose another name.' })
      .meta({ description: 'Short; other fields refer to it', examples: ['a'] }),
    paths: z
      .array(z.enum(['udp', 'udp6', 'ethernet']))
      .min(1)
      .default(['udp'])
      .meta({ description: 'udp, udp6: UDP over IPv4 or IPv6, bound to the interface. ethernet: raw Ethernet, which needs no IP address' }),
    standby_for: networkName
      .optional()
      .meta({ description: 'A network on the same wire: where its adapter fails, its addresses go to the adapter of this one' }),
    multicast: z.boolean().default(false).meta({
      description: "A message to several nodes goes out once, to the cluster's multicast group, and to each alone that does not hear it",
    }),
    link: linkNumber.meta({
      description: 'Number of its first path on the wire; default: after those of the network before it',
      examples: ['2'],
    }),
  })
  .transform((network) => ({
    name: network.name,
    paths: network.paths,
    standbyFor: network.standby_for ?? null,
    multicast: network.multicast,
    link: network.link ?? null,
  }));

const device = z.string().startsWith('/', { error: 'A device is a path. Write one such as /dev/ttyS0.' });
const RATES = [9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600];

export const serialSchema: z.ZodType<SerialInFile> = z
  .strictObject({
    between: z.tuple([nodeName, nodeName]).meta({ description: 'The nodes at the two ends' }),
    devices: z.tuple([device, device]).meta({ description: 'The tty at each of them, in the same order' }),
    baud: z
      .int()
      .refine((rate) => RATES.includes(rate), {
        error: (issue) => `${String(issue.input)} is no usual rate. Choose one of ${RATES.join(', ')}.`,
      })
      .default(115200)
      .meta({ description: 'Bits a second; beats are spaced so that the line keeps up' }),
    link: linkNumber.meta({ description: 'Its number on the wire; default: after the line before it, and all networks', examples: ['2'] }),
  })
  .transform((line) => ({ ...line, link: line.link ?? null }));

export const nodeSchema: z.ZodType<NodeConfig> = z
  .strictObject({
    name: nodeName.meta({ description: 'Its host name, or what `heartwire run --node` names', examples: ['node1'] }),
    id: z
      .int()
      .min(1)
      .max(65535)
      .meta({ description: 'Its number for good; votes and keys use it', examples: [1] }),
    interfaces: z.record(networkName, interfaceName).default({}).meta({ description: 'Its interface on each network' }),
    preferred_role: z
      .enum(['manager', 'standby', 'client', 'none'])
      .default('none')
      .meta({ description: 'Counts at an election or merge; client: never manages' }),
    failure_domain: z.string().min(1).optional().meta({ description: 'What it fails together with: a rack, a power supply, a host' }),
    class: z.string().min(1).max(64).default('node').meta({ description: 'NodeClass: any word' }),
    bridged: z.boolean().default(false).meta({ description: 'Off the local segment: client only, found through the list `bridged`' }),
  })
  .transform((node) => ({
    name: node.name,
    id: node.id,
    interfaces: node.interfaces,
    preferredRole: node.preferred_role,
    failureDomain: node.failure_domain ?? null,
    nodeClass: node.class,
    bridged: node.bridged,
  }));
