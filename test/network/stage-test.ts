// The ground that the stories stand on: does each fault do what its name says, and nothing else? And is
// nothing left when the one who opened the stage is killed?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stage } from '../../lib/demo/stage.ts';
import { addressOf, nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges, startServices, VipClient } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';

const TOPOLOGY = { nodes: 3, networks: 2, hosts: ['client'] };

describe('the stage', function () {
  this.timeout(60_000);
  let stage: Stage;

  before(async () => {
    stage = await Stage.open(TOPOLOGY);
  });
  after(async () => {
    await stage.close();
  });
  afterEach(async () => {
    await stage.heal();
  });

  /** A busy machine may be late with an answer; the shorter time is for those where none can come. */
  const reaches = async (from: string, to: string, network: number, patience = '5'): Promise<boolean> =>
    stage.run(from, ['ping', '-c', '1', '-W', patience, addressOf(TOPOLOGY, to, network)]).then(
      () => true,
      () => false,
    );
  const isCutOff = async (from: string, to: string, network: number): Promise<boolean> => !(await reaches(from, to, network, '0.3'));
  const carrier = async (node: number, network: number): Promise<boolean> => (await flags(node, network)).includes('LOWER_UP');
  const flags = async (node: number, network: number): Promise<string[]> => {
    const [link] = JSON.parse(await stage.run(nodeName(node), ['ip', '-json', 'link', 'show', `net${network}`])) as { flags: string[] }[];
    return link?.flags ?? [];
  };

  it('joins all members on all networks, over IPv4 and IPv6', async () => {
    for (const network of [0, 1]) {
      assert.equal(await reaches('client', 'node3', network), true);
      assert.equal(await reaches('node1', 'node2', network), true);
      const address = addressOf(TOPOLOGY, 'node1', network, 'ipv6');
      await stage.run('client', ['ping', '-c', '1', '-W', '5', address]);
    }
  });

  it('silences a node: no frame passes and it has no carrier', async () => {
    await stage.setPorts(1, false);
    assert.equal(await isCutOff('client', 'node1', 0), true);
    assert.equal(await isCutOff('node2', 'node1', 1), true);
    assert.equal(await reaches('node2', 'node3', 1), true);
    assert.equal(await carrier(1, 0), false);
    assert.equal(await carrier(2, 0), true);
  });

  it('takes the carrier of one NIC only', async () => {
    await stage.setPorts(1, false, [0]);
    assert.equal(await carrier(1, 0), false);
    assert.equal(await carrier(1, 1), true);
    assert.equal(await reaches('node2', 'node1', 1), true);
  });

  it('makes a black hole of a node whose carrier stays', async () => {
    await stage.fault({ kind: 'black-hole', node: 1 });
    assert.equal(await isCutOff('client', 'node1', 0), true);
    assert.equal(await reaches('node2', 'node3', 0), true);
    assert.equal(await carrier(1, 0), true);
  });

  it('loses one direction only', async () => {
    assert.equal(await reaches('node2', 'node1', 0), true); // both know each other's MAC address now
    await stage.fault({ kind: 'one-way', node: 1, lost: 'out', peer: 2 });
    const before = await received(1);
    assert.equal(await isCutOff('node2', 'node1', 0), true);
    assert.ok((await received(1)) > before, 'node1 still hears node2');
    assert.equal(await reaches('node3', 'node1', 0), true);
  });

  const received = async (node: number): Promise<number> => {
    const [link] = JSON.parse(await stage.run(nodeName(node), ['ip', '-json', '-stats', 'link', 'show', 'net0'])) as {
      stats64: { rx: { packets: number } };
    }[];
    return link?.stats64.rx.packets ?? 0;
  };

  it('parts groups, and heals', async () => {
    await stage.fault({ kind: 'partition', groups: [['node1'], ['node2', 'node3']] });
    assert.equal(await isCutOff('node1', 'node2', 0), true);
    assert.equal(await isCutOff('node3', 'node1', 1), true);
    assert.equal(await reaches('node2', 'node3', 0), true);
    assert.equal(await reaches('client', 'node1', 0), true);
    await stage.heal();
    assert.equal(await reaches('node1', 'node2', 0), true);
  });

  it('silences a network, whose carriers stay, and leaves the other one alone', async () => {
    await stage.setNetwork(0, false);
    assert.equal(await isCutOff('node1', 'node2', 0), true);
    assert.equal(await reaches('node1', 'node2', 1), true);
    assert.equal(await carrier(1, 0), true);
    await stage.setNetwork(0, true);
    assert.equal(await reaches('node1', 'node2', 0), true);
  });

  it('breaks IP on a network and leaves the other one alone', async () => {
    await stage.fault({ kind: 'no-ip', networks: [0] });
    assert.equal(await isCutOff('node1', 'node2', 0), true);
    assert.equal(await reaches('node1', 'node2', 1), true);
  });

  it('loses about the share of frames that it was told to lose', async () => {
    await stage.run('client', ['ping', '-c', '1', '-W', '5', addressOf(TOPOLOGY, 'node1', 0)]);
    await stage.fault({ kind: 'loss', percent: 20 });
    const said = await stage.run('client', ['ping', '-q', '-c', '500', '-i', '0.002', '-W', '1', addressOf(TOPOLOGY, 'node1', 0)]);
    const lost = Number(/([\d.]+)% packet loss/.exec(said)?.[1]);
    // Question and answer: 1 - 0.8 x 0.8 = 36 %; 500 questions have a standard deviation of 2.1 %.
    assert.ok(lost > 36 - 11 && lost < 36 + 11, `${lost} % lost`);
  });

  it('has a client that says who answered and how long nobody did', async () => {
    const address = '10.1.0.100';
    await startServices(stage);
    await stage.run('node1', ['ip', 'address', 'add', `${address}/24`, 'dev', 'net0']);
    const client = new VipClient(stage, { to: address, intervalUs: 1000 });
    await waitFor('an answer of node 1', () => client.owner === 1, { deadlineMs: 20_000 });
    await stage.setPorts(1, false);
    await stage.run('node2', ['ip', 'address', 'add', `${address}/24`, 'dev', 'net0']);
    await stage.run('client', ['ip', 'neighbour', 'flush', 'all']);
    await waitFor('an answer of node 2', () => client.owner === 2, { deadlineMs: 20_000 });
    const changes = ownerChanges(await client.stop());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[1, 2]],
    );
    assert.ok((changes[0]?.gapNs ?? 0) > 1e6);
  });
});

describe('a stage whose opener is killed with -9', function () {
  this.timeout(60_000);

  it('leaves nothing behind', async () => {
    const opener = spawn(process.execPath, [fileURLToPath(new URL('fixtures/hold-stage.js', import.meta.url))]);
    const [line] = (await once(opener.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(String(line)) as number[];
    assert.equal(pids.length, 3);
    assert.ok(pids.every(lives));
    opener.kill('SIGKILL');
    await waitFor('the end of all its programs', () => !pids.some(lives), { deadlineMs: 20_000 });
  });
});

/** A dead process that nobody has reaped yet does not live. */
function lives(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  try {
    return existsSync(file) && !/^\d+ \(.*\) Z/s.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}
