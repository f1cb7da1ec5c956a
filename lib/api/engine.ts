// The only place above the runtime that loads the native addon, and late: asking a daemon for its status
// must work on a machine where the addon does not.
import type { PeerCredentials } from '../control/permission.ts';
import type { Runtime, RuntimeOptions } from '../runtime/types.ts';

export interface Engine {
  createRuntime(options: RuntimeOptions): Promise<Runtime>;
  /** SO_PEERCRED, which Node itself does not offer. */
  peerCredentials(): Promise<(descriptor: number) => PeerCredentials>;
}

export const realEngine: Engine = {
  async createRuntime(options) {
    const { ClusterRuntime } = await import('../runtime/cluster-runtime.ts');
    return new ClusterRuntime(options);
  },
  async peerCredentials() {
    const { native } = await import('../native.ts');
    return (descriptor) => native.peerCredentials(descriptor);
  },
};
