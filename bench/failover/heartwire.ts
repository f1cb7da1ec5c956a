// Heartwire as it ships: three daemons started by the command line, beats authenticated, a majority of
// votes for each takeover.
import { StagedCluster } from '../../lib/demo/staged-cluster.ts';
import { version } from '../../lib/package-root.ts';
import type { Stage } from '../../lib/demo/stage.ts';
import { VIRTUAL_ADDRESS, type Contender } from './contender.ts';

const PRIORITY = 50;

export function heartwireContender(intervalUs: number, intervals: number): Contender {
  let cluster: StagedCluster | null = null;
  return {
    name: `heartwire ${intervalUs / 1000} ms x ${intervals}`,
    detail: `Heartwire ${version}: three voters, authenticated beats over two networks, lease ${(intervalUs * intervals) / 1000} ms; SCHED_FIFO ${PRIORITY} on the beat thread`,
    log: () => cluster?.daemons.map((daemon) => daemon.log.slice(-2000)).join('\n') ?? '',
    async start(stage: Stage): Promise<void> {
      cluster = new StagedCluster(stage, {
        name: 'bench',
        nodes: [1, 2, 3],
        intervalUs,
        timeoutUs: intervalUs * intervals,
        addresses: [`${VIRTUAL_ADDRESS}/24`],
        priority: stage.sandbox.privileged ? PRIORITY : 0,
      });
      await cluster.startAll();
      await cluster.formed();
    },
  };
}
