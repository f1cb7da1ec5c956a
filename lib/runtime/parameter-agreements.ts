// Waiting for peers to apply a new interval of our beats (P3): the engine says so of each; who does not within the time has not.
import type { NodeId } from '../protocol/types.ts';
import type { ParameterHands } from './parameter-keeper.ts';

/** Also for an interval of a minute: a request is sent at once, and again by the quicker of old and new. */
const AGREE_MS = 4000;

export interface Agreements {
  /** @param done called once, with the peers that have not agreed in time */
  await(peers: readonly NodeId[], done: (late: readonly NodeId[]) => void): void;
  agreed(node: NodeId, token: number): void;
  /** Nobody waits any more; `done` is not called. */
  end(): void;
}

export function agreementsOver({ native, after }: Pick<ParameterHands, 'native' | 'after'>): Agreements {
  let token = 0;
  let awaited = new Set<NodeId>();
  let cancel: (() => void) | null = null;
  let finish: (late: readonly NodeId[]) => void = () => undefined;
  const end = (): void => {
    cancel?.();
    cancel = null;
    token++;
    awaited = new Set();
  };
  const ended = (): void => {
    const late = [...awaited];
    end();
    finish(late);
  };
  return {
    await(peers, done) {
      end();
      finish = done;
      awaited = new Set(peers);
      if (awaited.size === 0) return done([]);
      cancel = after(AGREE_MS, ended);
      for (const peer of peers) native.confirmTiming(peer, token);
    },
    agreed(node, answered) {
      if (cancel !== null && answered === token && awaited.delete(node) && awaited.size === 0) ended();
    },
    end,
  };
}
