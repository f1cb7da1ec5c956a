// What a member that is away for a while and the others say to each other.
import type { ProtocolNumber } from '../rounds/state.ts';

export type InactivityMessage =
  /** To all, before the pause (V2). Durations, since clocks differ. */
  | {
      readonly kind: 'inactive';
      readonly forMs: number;
      readonly responseMs: number;
      readonly reason: string;
      readonly managed: boolean;
      /** The last operation that it has done. */
      readonly applied: ProtocolNumber;
      /** Of the same pause: it has handed over what it owned, and the time counts from now. */
      readonly again: boolean;
    }
  /** It may stop now, as far as this member is concerned. */
  | { readonly kind: 'inactiveNoted' }
  /** After the pause, to all that it knows: whoever manages now brings it up to date (V6). */
  | { readonly kind: 'returning'; readonly isStandby: boolean }
  /** The manager's answer, after its table: tell your position in the protocols. */
  | { readonly kind: 'returnHeard' }
  /** To all, after the catch-up: treat me as before. `managed`: it managed before. */
  | { readonly kind: 'normal'; readonly managed: boolean };
