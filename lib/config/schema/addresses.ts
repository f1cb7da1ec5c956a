// Sections `addresses` (virtual ones, C13) and `bridged` (nodes off the segment, C14).
import { isIP } from 'node:net';
import { z } from 'zod';
import type { VirtualAddress } from '../../protocol/types.ts';
import { parseAddress } from '../address.ts';
import { networkName, port } from './words.ts';

export const addressSchema: z.ZodType<VirtualAddress> = z.strictObject({
  address: z
    .string()
    .refine((text) => parseAddress(text) !== null, {
      error: (issue) =>
        `${JSON.stringify(issue.input)} is no virtual address. Write the address of one host and its prefix length, such as 10.77.0.100/24 or fd00::100/64.`,
    })
    .meta({ description: 'IPv4 or IPv6 address of one host, with prefix length', examples: ['10.77.0.100/24'] }),
  network: networkName
    .default('active')
    .meta({ description: 'The network it lives on; active: the one that carries management traffic, and moves with it' }),
});

export const bridgedSchema: z.ZodType<{ host: string; port: number }> = z
  .strictObject({
    address: z
      .string()
      .refine((text) => isIP(text) !== 0, {
        error: (issue) => `${JSON.stringify(issue.input)} is no IP address. Write one such as 192.0.2.7.`,
      })
      .meta({ description: 'IP address that the manager can reach', examples: ['192.0.2.7'] }),
    port: port('Its message port', 1199),
  })
  .transform((node) => ({ host: node.address, port: node.port }));
