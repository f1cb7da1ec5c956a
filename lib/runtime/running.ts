// What there is of a node while it runs, and what it had kept before.
import type { NativeNode, NativeStartReport } from '../native.ts';
import type { ParameterSet } from '../protocol/parameters/settings.ts';
import type { Boot } from '../protocol/types.ts';
import type { EffectHands } from './effects.ts';
import type { Journal } from './journal.ts';
import type { OwnTime } from './notices/own-time.ts';
import type { ProgressDesk } from './progress-desk.ts';
import type { ProtocolDriver } from './protocol-driver.ts';
import type { Statistics } from './statistics.ts';

export type Kept = Pick<EffectHands, 'configurations'> & { readonly set: ParameterSet };

export interface Running {
  readonly native: NativeNode;
  readonly journal: Journal;
  readonly boot: Boot;
  readonly startedMs: number;
  readonly report: NativeStartReport;
  readonly statistics: Statistics;
  readonly driver: ProtocolDriver;
  readonly hands: EffectHands;
  readonly endLiveness: () => void;
  readonly desk: ProgressDesk;
  readonly ownTime: OwnTime;
}
