// Networks that come and go (R5, R7): soon after each change, and in the end, a node has the links of the configuration that it
// runs, all counting, and no other: whatever a change that came to nothing had opened is closed everywhere.
import { suspended } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import { linksAsOf } from '../link-book.ts';
import type { Invariant } from './index.ts';

export const linksFollow: Invariant = {
  name: 'links: those of the configuration, heard, and no other',
  check: (world) => world.linkBook.broken,
  settled: (world) => {
    if (world.options.networksChange !== true) return null;
    for (const host of world.hosts) {
      const layout = host.state?.configurations?.active.layout;
      if (layout === undefined || host.state === null || suspended({ state: host.state }) !== null) continue;
      const broken = linksAsOf(host, layout);
      if (broken !== null) return broken;
    }
    return null;
  },
};
