// The one outcome that a recovering manager may choose, from the standings of a majority: what somebody has found; else what
// the latest ballot accepted; else what nobody can have found otherwise. Pure, so that it can be tried exhaustively.
import { type PeerProtocol, roundsOf } from './kind.ts';
import type { Opening, Outcome, Recovery, Standing } from './state.ts';

const AGREED: Outcome = { committed: true, code: 'agreed', reason: '', culprit: 0 };

/** Who of the participants has answered. */
export interface Heard {
  /** All of them, in this start or a later one. */
  readonly accounted: boolean;
  /** A majority that cannot have forgotten what it said. */
  readonly majority: boolean;
  /** The coordinator, which has not forgotten anything. */
  readonly coordinator: boolean;
  /** One that has not acknowledged all rounds, and has promised to go no further: nobody can have all ACKs, now or later. */
  readonly withheld: boolean;
}

/** Null: it is not known yet, and must be waited for (2PC without its coordinator, where all that are heard have voted). */
export function choose(
  protocol: PeerProtocol | null,
  opening: Opening,
  recovery: Pick<Recovery, 'standings' | 'why'>,
  heard: Heard,
): Outcome | null {
  const standings = [...recovery.standings.values()];
  const found = standings.find(({ outcome }) => outcome !== null)?.outcome ?? null;
  if (found !== null) return found;
  const accepted = latest(standings);
  if (accepted !== null) return accepted;
  const abort: Outcome = { committed: false, ...recovery.why };
  // Those that remember are a minority, and the others may have gone on without it: nobody alive has committed it.
  if (protocol === null || (heard.accounted && !heard.majority)) return abort;
  const rounds = roundsOf(protocol, opening.body).length;
  if (protocol.decider(opening.body) === 'all') {
    // Whoever committed knows that all have acknowledged the last round: one of a majority would say so.
    return standings.some(({ acknowledged }) => acknowledged >= rounds) ? AGREED : abort;
  }
  if (standings.some(({ refused }) => refused.length > 0)) return abort;
  const agreed = new Set(standings.flatMap((standing) => standing.agreed));
  if (rounds === 1 && opening.participants.every(({ node }) => agreed.has(node))) return AGREED;
  // Only the coordinator can have committed, and those that it has told; and it only with the votes of all.
  return heard.coordinator || heard.accounted || heard.withheld ? abort : null;
}

function latest(standings: readonly Standing[]): Outcome | null {
  const accepted = standings.map((standing) => standing.accepted).filter((each) => each !== null);
  return (
    accepted.reduce<(typeof accepted)[number] | null>((best, each) => (best === null || each.ballot > best.ballot ? each : best), null)
      ?.outcome ?? null
  );
}
