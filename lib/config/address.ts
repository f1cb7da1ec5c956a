// Virtual addresses as text: what may be one, and whether two texts mean the same one. Addresses are
// written in many ways (fd00::1, FD00:0:0::1), so comparing text would let a duplicate through.
import { BlockList, isIP, SocketAddress } from 'node:net';

export interface ParsedAddress {
  /** Canonical text, without prefix length. */
  readonly host: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefixLength: number;
}

const notForOneHost = new BlockList();
notForOneHost.addSubnet('0.0.0.0', 8, 'ipv4');
notForOneHost.addSubnet('127.0.0.0', 8, 'ipv4');
notForOneHost.addSubnet('224.0.0.0', 3, 'ipv4');
notForOneHost.addAddress('::', 'ipv6');
notForOneHost.addAddress('::1', 'ipv6');
notForOneHost.addSubnet('ff00::', 8, 'ipv6');

/** "10.77.0.100/24" or "fd00::100/64"; null when it is no address of one host with a prefix length. */
export function parseAddress(text: string): ParsedAddress | null {
  const match = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(text);
  const version = isIP(match?.[1] ?? '');
  if (match?.[1] === undefined || version === 0) return null;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const prefixLength = Number(match[2]);
  if (prefixLength < 1 || prefixLength > (family === 'ipv4' ? 32 : 128)) return null;
  if (notForOneHost.check(match[1], family)) return null;
  return { host: new SocketAddress({ address: match[1], family }).address, family, prefixLength };
}

/** Do two addresses lie in one subnet, by the first one's prefix length? */
export function inSubnet(subnet: ParsedAddress, other: ParsedAddress): boolean {
  if (subnet.family !== other.family) return false;
  const block = new BlockList();
  block.addSubnet(subnet.host, subnet.prefixLength, subnet.family);
  return block.check(other.host, other.family);
}

/** Order of C4's last criterion: IPv4 by number, before IPv6 by text. Negative: `left` is lower. */
export function compareHosts(left: string, right: string): number {
  const [leftVersion, rightVersion] = [isIP(left), isIP(right)];
  if (leftVersion !== rightVersion) return leftVersion === 4 ? -1 : 1;
  if (leftVersion !== 4) return left < right ? -1 : left > right ? 1 : 0;
  return ipv4Number(left) - ipv4Number(right);
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
