// The peer of the bench: three etcd members in the namespaces of the same stage, their data on a memory-backed disk; puts
// over the HTTP gateway from a Node program on one of them, as its users do.
import { existsSync, mkdirSync } from 'node:fs';
import { request, Agent } from 'node:http';
import type { Stage } from '../../lib/demo/stage.ts';
import { networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';

export const etcdPath: string | null = ['/usr/bin/etcd', '/usr/sbin/etcd'].find((path) => existsSync(path)) ?? null;

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;

export function startEtcd(stage: Stage, nodes: readonly number[], path: string): void {
  const members = nodes.map((node) => `${nodeName(node)}=http://${networkAddress(0, node)}:${PEER_PORT}`).join(',');
  for (const node of nodes) {
    const data = `${SANDBOX_DIRECTORY}/etcd-${node}`;
    mkdirSync(stage.sandbox.path(data), { recursive: true });
    const url = `http://${networkAddress(0, node)}:${CLIENT_PORT}`;
    const peer = `http://${networkAddress(0, node)}:${PEER_PORT}`;
    const words = ['--name', nodeName(node), '--data-dir', data, '--listen-client-urls', url, '--advertise-client-urls', url];
    words.push('--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', members);
    stage.spawn(nodeName(node), [path, ...words, '--initial-cluster-state', 'new', '--logger', 'zap', '--log-outputs', 'stderr']);
  }
}

/** Runs inside the namespace of a node (bench/commit/etcd-client.ts). */
export class EtcdClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  put(key: string, value: string): Promise<void> {
    const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value: Buffer.from(value).toString('base64') });
    return new Promise((resolve, reject) => {
      const options = { host: this.#host, port: CLIENT_PORT, path: '/v3/kv/put', method: 'POST', agent: this.#agent };
      const asked = request({ ...options, headers: { 'content-length': Buffer.byteLength(body) } }, (response) => {
        response
          .resume()
          .on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`etcd says ${response.statusCode}`))));
      });
      asked.on('error', reject).end(body);
    });
  }
}
