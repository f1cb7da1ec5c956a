// Nodes in worker threads: each environment has its own, and its end takes them along.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { waitFor } from '../../lib/demo/wait-for.ts';

const threads = (): number => readdirSync('/proc/self/task').length;

function startWorker(act: 'stop' | 'run on' | 'exit', nodeId = 1): Worker {
  return new Worker(new URL('fixtures/worker-node.js', import.meta.url), { workerData: { act, nodeId } });
}

async function running(worker: Worker): Promise<void> {
  const [message] = (await once(worker, 'message')) as [string];
  assert.equal(message, 'running');
}

async function exitCode(worker: Worker): Promise<number> {
  const [code] = (await once(worker, 'exit')) as [number];
  return code;
}

describe('addon: worker threads', () => {
  it('start and stop a node, and end by themselves then', async () => {
    const worker = startWorker('stop');
    const [code] = await Promise.all([exitCode(worker), running(worker)]);
    assert.equal(code, 0);
  });

  it('may be terminated while a node runs', async () => {
    const worker = startWorker('run on');
    await running(worker);
    assert.equal(await worker.terminate(), 1);
  });

  it('may exit while a node runs', async () => {
    const worker = startWorker('exit');
    assert.equal(await exitCode(worker), 5);
  });

  it('have nodes side by side, and leave no thread behind', async () => {
    await startWorker('run on').terminate();
    const before = threads();
    const workers = [1, 2, 3].map((nodeId) => startWorker('run on', nodeId));
    await Promise.all(workers.map(running));
    assert.ok(threads() >= before + 3 * 3, 'three threads a node at least');
    await Promise.all(workers.map((worker) => worker.terminate()));
    await waitFor('the end of their threads', () => threads() <= before, { deadlineMs: 20_000, seen: () => `${threads()} of ${before}` });
  });
});
