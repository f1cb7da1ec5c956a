// Edits of the configuration, and changes of the running cluster by it, as programs ask for them: of a node in their own
// process, or of a daemon over its control socket.
import type { ControlClient } from '../control/client.ts';
import { asHeartwireError, HeartwireError } from '../errors.ts';
import type { ConfigurationApplied, ConfigurationReport, Runtime } from '../runtime/types.ts';

export type { ConfigurationApplied };

export interface ConfigurationEdited {
  /** Of the default configuration, on all nodes. */
  readonly version: number;
}

/** All calls also throw HW_REFUSED and HW_NOT_RUNNING. */
export interface ConfigurationCalls {
  /** What runs here, the default configuration that edits change, and what lies between them (R1, R2). */
  report(): Promise<ConfigurationReport>;
  /**
   * Edits the default configuration of all nodes; what runs goes on (R2).
   * @param text the whole configuration, as a file has it, at most 256 KiB
   * @param options.base the version that the edit started from; default: whatever is there
   * @throws HeartwireError HW_CONFIG_*, HW_CONFIG_STALE (with the difference), HW_OPERATION_ABORTED, HW_OUTCOME_UNKNOWN
   */
  edit(text: string, options?: { readonly base?: number }): Promise<ConfigurationEdited>;
  /** Sends this node's default configuration to all nodes (R2). @throws HeartwireError HW_OPERATION_ABORTED, HW_OUTCOME_UNKNOWN */
  sync(): Promise<ConfigurationEdited>;
  /**
   * Makes the default configuration the active one, on all nodes or on none; one at a time in the cluster (R3-R7).
   * @param options.version which version is meant; default: the one of now
   * @returns null: they do not differ
   * @throws HeartwireError HW_OPERATION_ABORTED (all is as it was), HW_OUTCOME_UNKNOWN
   */
  apply(options?: { readonly version?: number }): Promise<ConfigurationApplied | null>;
  /** Ends the reconfiguration that is under way, unless it is decided already (R7). */
  abort(): Promise<{ readonly protocol: string }>;
}

/** @param isLeaving nothing is asked of it any more */
export function clusterConfigurations(runtime: Runtime, isLeaving: () => boolean): ConfigurationCalls {
  const ask = async <Result>(act: (configurations: Runtime['configurations']) => Result | Promise<Result>): Promise<Result> => {
    if (isLeaving()) throw HeartwireError.of('HW_NOT_RUNNING', {});
    try {
      return await act(runtime.configurations);
    } catch (error) {
      throw asHeartwireError(error);
    }
  };
  return {
    report: () => ask((configurations) => configurations.report()),
    edit: (text, { base } = {}) => ask((configurations) => configurations.edit(text, base ?? null)),
    sync: () => ask((configurations) => configurations.sync()),
    apply: ({ version } = {}) => ask((configurations) => configurations.apply(version ?? null)),
    abort: () => ask((configurations) => configurations.abort()),
  };
}

export function daemonConfigurations(client: ControlClient): ConfigurationCalls {
  return {
    report: async () => (await client.request({ command: 'configuration' })) as ConfigurationReport,
    edit: async (text, { base } = {}) =>
      (await client.request({ command: 'editConfiguration', text, base: base ?? null })) as ConfigurationEdited,
    sync: async () => (await client.request({ command: 'syncConfiguration' })) as ConfigurationEdited,
    apply: async ({ version } = {}) =>
      (await client.request({ command: 'applyConfiguration', version: version ?? null })) as ConfigurationApplied | null,
    abort: async () => (await client.request({ command: 'abortConfiguration' })) as { readonly protocol: string },
  };
}
