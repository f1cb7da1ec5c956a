// Times of the protocols that a configuration names and nobody has to agree with anybody else on: each node goes by the new ones
// as soon as they are decided. Those that leases rest on are parameters, with a protocol of their own (lib/protocol/parameters).
import type { Turn } from '../membership/turn.ts';
import type { ProtocolConfig } from '../types.ts';
import type { Layout } from './state.ts';

export type Times = Pick<ProtocolConfig, 'unmanagedPeriodMs' | 'announceCount' | 'incorporationTimeoutMs' | 'pruneTimeMs'>;

const TIME_MAX = 1e9;
const NAMES: readonly (keyof Times)[] = ['unmanagedPeriodMs', 'announceCount', 'incorporationTimeoutMs', 'pruneTimeMs'];

export function areTimes(value: unknown): value is Times {
  if (typeof value !== 'object' || value === null) return false;
  const isTime = (time: unknown): boolean => Number.isFinite(time) && (time as number) > 0 && (time as number) <= TIME_MAX;
  return NAMES.every((name) => isTime((value as Partial<Times>)[name]));
}

/** Decided: from now on these. */
export function useTimes({ state }: Pick<Turn, 'state'>, { times }: Layout): void {
  if (times !== undefined) state.config = { ...state.config, ...times };
}
