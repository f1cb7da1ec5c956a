// An edit of the default configuration (R2): sent to every node, with no effect on what runs. It is agreed on like an
// operation, so two edits at a time are one after the other, and the second one is told that it started from an old version.
import type { PeerProtocol } from '../rounds/kind.ts';
import { isDigest, isText, isVersion } from './shapes.ts';

export interface Edit {
  /** Version that it started from; null: whatever is there. */
  readonly base: number | null;
  /** The manager gives it. */
  readonly version: number;
  readonly digest: string;
  readonly text: string;
}

export const EDIT = 'edit';

function isEdit(body: unknown): body is Edit {
  if (typeof body !== 'object' || body === null) return false;
  const { base, version, digest, text } = body as Partial<Edit>;
  return (base === null || isVersion(base)) && isVersion(version) && isDigest(digest) && isText(text);
}

export const edit: PeerProtocol = {
  kind: EDIT,
  rounds: ['check'],
  accepts: isEdit,
  decider: () => 'all',
  isDurable: () => true,
  refuses(turn, body) {
    const now = turn.state.configurations?.default ?? null;
    const { base } = body as Edit;
    if (now === null) return 'the manager keeps no configuration';
    return base === null || base === now.version
      ? null
      : `the edit started from version ${base}, and the default configuration is version ${now.version} by now`;
  },
  complete: (turn, body) => ({ ...(body as Edit), version: (turn.state.configurations?.versionMax ?? 0) + 1 }),
  conflictsWith: (_, other) => other.kind === EDIT || other.kind === 'reconfigure',
  work(turn, { opening }, round) {
    turn.do({ type: 'work', number: opening.number, kind: opening.kind, round, body: opening.body, proposal: opening.proposal });
    return 'later';
  },
  commit(turn, { opening }) {
    const { configurations } = turn.state;
    const { version, digest, text } = opening.body as Edit;
    if (configurations === null || configurations.default.number >= opening.number) return;
    const held = { number: opening.number, version, digest, text };
    turn.state.configurations = { ...configurations, default: held, versionMax: Math.max(configurations.versionMax, version) };
    turn.do({ type: 'keepDefault', held });
    turn.publish('configuration-edited', opening.proposal.node, { version });
  },
  undo: () => undefined,
};
