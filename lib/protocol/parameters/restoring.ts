// What a node's disk says of the parameters after a crash: the set that it kept, and changes that were decided since and not
// kept yet. One that is in doubt is not in it: the manager tells how it ended.
import type { RoundRecord } from '../rounds/state.ts';
import { isChange } from './parameters.ts';
import { changed, type ParameterSet } from './settings.ts';

/** @param records in the order of their numbers */
export function restoredParameters(kept: ParameterSet, records: readonly RoundRecord[]): ParameterSet {
  let set = kept;
  for (const { opening, outcome } of records) {
    const { kind, body, number } = opening;
    if (kind !== 'parameters' || outcome?.committed !== true || !isChange(body) || BigInt(body.base) !== set.version) continue;
    set = changed(set, body.wishes, number);
  }
  return set;
}
