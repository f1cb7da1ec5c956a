// The scripts of a node's configuration, on its events; held back while a reconfiguration runs (R5).
import type { ClusterConfig } from '../config/config.ts';
import { EventScripts } from '../runtime/scripts/event-scripts.ts';
import type { Logger, Runtime } from '../runtime/types.ts';

export type { EventScripts, QueuedScript, ScriptQueueStatus } from '../runtime/scripts/event-scripts.ts';

export function scriptsOf(config: ClusterConfig, node: string, runtime: Runtime, logger: Logger, directory: string): EventScripts {
  return new EventScripts(() => active(runtime)?.scripts ?? config.scripts, {
    directory,
    logger,
    environment: { HEARTWIRE_CLUSTER: config.cluster, HEARTWIRE_NODE: node },
    isHeld: () => isReconfiguring(runtime),
  });
}

/** Another configuration may have become active since the start. Null: the node keeps none, or does not run. */
function active(runtime: Runtime): ClusterConfig | null {
  try {
    return runtime.configurations.active;
  } catch {
    return null;
  }
}

/** A node that keeps no configuration takes no part in reconfigurations. */
function isReconfiguring(runtime: Runtime): boolean {
  try {
    return runtime.configurations.report().running !== null;
  } catch {
    return false;
  }
}
