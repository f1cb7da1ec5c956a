// What `require('heartwire')` gives. From Node 20.19 on an ES module can be required, and this is it. Before,
// only import() loads one, and that takes a turn of the event loop: then what returns promises works as
// ever, and what does not says so.
import type * as Heartwire from './index.ts' with { 'resolution-mode': 'import' };

module.exports = load();

function load(): typeof Heartwire {
  try {
    return require('./index.js') as typeof Heartwire;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ESM') throw error;
    return later() as unknown as typeof Heartwire;
  }
}

function later(): object {
  const module = import('./index.js');
  module.catch(() => {}); // Each call tells it to its caller.
  const needsImport = (): never => {
    throw new Error("Before Node 20.19, load this with await import('heartwire').");
  };
  return {
    Cluster: { join: async (...given: Parameters<typeof Heartwire.Cluster.join>) => (await module).Cluster.join(...given) },
    connect: async (socket: string) => (await module).connect(socket),
    loadConfig: needsImport,
    parseConfig: needsImport,
    planOf: needsImport,
    get HeartwireError(): never {
      return needsImport();
    },
  };
}
