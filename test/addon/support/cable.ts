// A virtual cable in this process's own network, with a node's address at each end. Both addresses are this kernel's: it must send
// to itself over the cable, and accept that.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const ip = (...args: string[]): void => void execFileSync('ip', args);

/** The ends are `end1` and `end2`, of the nodes 1 and 2. @param withAddresses 10.9.0.1 and 10.9.0.2 */
export function layCable(withAddresses = true): void {
  // Link-local addresses are there at once, without the search for a duplicate.
  writeFileSync('/proc/sys/net/ipv6/conf/default/accept_dad', '0');
  ip('link', 'add', 'end1', 'type', 'veth', 'peer', 'name', 'end2');
  for (const end of ['all', 'end1', 'end2']) {
    writeFileSync(`/proc/sys/net/ipv4/conf/${end}/accept_local`, '1');
    writeFileSync(`/proc/sys/net/ipv4/conf/${end}/rp_filter`, '0');
  }
  for (const node of [1, 2]) {
    if (withAddresses) ip('address', 'add', `10.9.0.${node}/24`, 'dev', `end${node}`);
    ip('link', 'set', `end${node}`, 'up');
  }
}
