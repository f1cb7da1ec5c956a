// The same calls as Cluster.parameters, of a daemon, over its control socket.
import { HeartwireError } from '../errors.ts';
import type { Request } from '../control/requests.ts';
import type { ParameterReport, ParameterScope, SetParameterOptions } from './parameters.ts';

export class DaemonParameters {
  readonly #ask: (request: Request) => Promise<unknown>;

  /** Use Daemon.parameters. */
  constructor(ask: (request: Request) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** See Parameters.list(). */
  async list(): Promise<ParameterReport> {
    return (await this.#ask({ command: 'parameters' })) as ParameterReport;
  }

  /** See Parameters.get(). */
  async get(name: string, scope: ParameterScope = {}): Promise<number> {
    const value = await this.#ask({ command: 'parameter', name, ...scope });
    if (typeof value !== 'number') throw HeartwireError.of('HW_CONNECTION_LOST', {});
    return value;
  }

  /** See Parameters.set(). */
  async set(values: Readonly<Record<string, number | null>>, options: SetParameterOptions = {}): Promise<ParameterReport> {
    return (await this.#ask({ command: 'setParameters', values, ...options })) as ParameterReport;
  }
}
