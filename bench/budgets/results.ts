// What the benches have written, as far as budgets ask for it. Any of it may be missing: not every bench was run.
import type { Row as FailoverRow } from '../failover/rows.ts';

export interface Results {
  readonly failover: { readonly rows?: readonly FailoverRow[] };
  readonly commit: { readonly rows?: readonly { readonly what: string; readonly inFlight: number; readonly medianUs: number | null }[] };
  readonly scale: { readonly rows?: readonly { readonly peers: number; readonly ratio: number }[] };
  readonly native: {
    readonly rows?: readonly { readonly name: string; readonly ns: number }[];
    readonly latencies?: readonly { readonly name: string; readonly medianUs: number }[];
  };
}

/** Null: there is no such run. */
export function failover(results: Results, fault: string, system = 'heartwire 1 ms x 3'): FailoverRow | null {
  const row = results.failover.rows?.find((each) => each.fault === fault && each.system === system);
  return row === undefined || row.runs === row.failed ? null : row;
}

export function commitUs(results: Results, what: string): number | null {
  return results.commit.rows?.find((row) => row.what === what && row.inFlight === 1)?.medianUs ?? null;
}
