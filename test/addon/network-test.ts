// Nodes on interfaces of their own, in a network namespace that lasts as long as the child in it.
import assert from 'node:assert/strict';
import { isRoot, runChild } from './support/child.ts';

describe('addon: on a network', () => {
  before(function () {
    if (!isRoot) this.skip(); // Namespaces and virtual cables are root's.
  });

  for (const kind of ['udp', 'udp6', 'ethernet']) {
    it(`two nodes find each other, over ${kind}`, async () => {
      const { code, signal, stdout, stderr } = await runChild('pair', [kind], { ownNetwork: true });
      assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'both found', stderr: '' });
    });
  }

  it('messages land in memory that was given for it, each once, whole and in order', async () => {
    const { code, signal, stdout, stderr } = await runChild('landing', [], { ownNetwork: true, deadlineMs: 60_000 });
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'all landed', stderr: '' });
  });

  it('an address goes with its holder, also one that exits without stop()', async () => {
    const { code, signal, stdout, stderr } = await runChild('outlive', [], { ownNetwork: true });
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'none outlived its holder', stderr: '' });
  });

  it('links come and go while two nodes run: no message is lost or repeated, and nobody fails (R5)', async () => {
    const { code, signal, stdout, stderr } = await runChild('links-come-and-go', [], { ownNetwork: true, deadlineMs: 60_000 });
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'came and went', stderr: '' });
  });

  it('a receiver that stands still is sent as much as fits in a bounded queue; nothing of that is lost or repeated', async function () {
    this.timeout(90_000);
    const { code, signal, stdout, stderr } = await runChild('flood', [], { ownNetwork: true, deadlineMs: 80_000 });
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'nothing lost', stderr: '' });
  });

  it('an interface that vanishes is told, and used again when it is back', async () => {
    const { code, signal, stdout, stderr } = await runChild('vanish', [], { ownNetwork: true });
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'gone and back', stderr: '' });
  });
});
