// Who takes part, by name.
import { heartwireTransport } from './heartwire.ts';
import { natsTransport } from './nats.ts';
import { tcpTransport } from './tcp.ts';
import type { OpenTransport } from './transport.ts';

export const transports: Readonly<Record<string, OpenTransport>> = {
  'Heartwire, two networks': heartwireTransport({ count: 2 }, 29_500),
  'Heartwire, one network': heartwireTransport({ count: 1 }, 29_510),
  'Heartwire, two networks, multicast': heartwireTransport({ count: 2, multicast: true }, 29_520),
  'TCP (node:net)': tcpTransport,
  'nats-server': natsTransport,
};
