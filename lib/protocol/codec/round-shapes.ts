// The shape of what members of peer protocols say to each other. Bodies and payloads are the kind's own: it checks them
// before anything looks at them (rounds/kind.ts).
import { z } from 'zod';
import { big } from './big.ts';
import { isParameterName } from '../parameters/definitions.ts';
import type { ParameterSet } from '../parameters/settings.ts';
import type { RoundsMessage } from '../rounds/messages.ts';
import type { Opening, Outcome } from '../rounds/state.ts';

const LIST_MAX = 2000;
/** What a new start finds undone on its disk may be more than ever runs. */
const OPEN_MAX = 20_000;
const nodeId = z.number().int().min(1).max(65535);
const anyNode = z.number().int().min(0).max(65535);
const text = z.string().max(1000);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const round = z.number().int().min(0).max(63);
const timeoutMs = z.number().positive().max(86_400_000);
const nodes = z.array(nodeId).max(LIST_MAX);

const participants = z.array(z.strictObject({ node: nodeId, boot: big })).max(LIST_MAX);
const awaited = z.array(z.strictObject({ number: big, participants })).max(OPEN_MAX);
const known = z.array(z.strictObject({ number: big, participants, kind: z.string().max(64) })).max(OPEN_MAX);

export const parameterSetShape: z.ZodType<ParameterSet> = z.strictObject({
  version: big,
  settings: z
    .array(
      z.strictObject({
        name: z.string().refine(isParameterName),
        node: nodeId.nullable(),
        pair: z.tuple([nodeId, nodeId]).nullable(),
        value: z.number(),
      }),
    )
    .max(LIST_MAX),
});
export const openingShape: z.ZodType<Opening> = z.strictObject({
  number: big,
  proposal: z.strictObject({ node: nodeId, boot: big, counter: count }),
  kind: z.string().max(64),
  body: z.unknown(),
  participants,
  leftOut: nodes,
  timeoutMs,
});
export const outcomeShape: z.ZodType<Outcome> = z.strictObject({
  committed: z.boolean(),
  code: z.enum(['agreed', 'veto', 'view', 'time', 'cancelled']),
  reason: text,
  culprit: anyNode,
});
const ended = z.strictObject({ opening: openingShape, outcome: outcomeShape });
export const acceptedShape: z.ZodType<{ readonly ballot: bigint; readonly outcome: Outcome } | null> = z
  .strictObject({ ballot: big, outcome: outcomeShape })
  .nullable();
const standing = z.strictObject({
  opening: openingShape.nullable(),
  acknowledged: round,
  agreed: nodes,
  refused: nodes,
  accepted: acceptedShape,
  outcome: outcomeShape.nullable(),
});

/** All but those that travel as arrays (short-forms.ts). */
export const roundsMessageShape: z.ZodType<RoundsMessage> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('wishRefused'), counter: count, reason: text }),
  z.strictObject({ kind: z.literal('wishOpened'), counter: count, number: big }),
  z.strictObject({ kind: z.literal('decision'), ended }),
  z.strictObject({
    kind: z.literal('position'),
    applied: big,
    forgottenUpTo: big,
    takesOver: z.boolean(),
    inDoubt: known,
    decided: known,
    listening: awaited,
    parameters: parameterSetShape,
  }),
  z.strictObject({
    kind: z.literal('missed'),
    after: big,
    since: big,
    ended: z.array(ended).max(LIST_MAX),
    more: z.boolean(),
    undecided: awaited,
    applied: big,
    epoch: big,
  }),
  z.strictObject({ kind: z.literal('missedNext'), after: big, epoch: big }),
  z.strictObject({ kind: z.literal('awaits'), undecided: awaited }),
  z.strictObject({ kind: z.literal('recover'), number: big, ballot: big }),
  z.strictObject({ kind: z.literal('standing'), number: big, ballot: big, standing }),
  z.strictObject({ kind: z.literal('settle'), ballot: big, opening: openingShape, outcome: outcomeShape }),
  z.strictObject({ kind: z.literal('settled'), number: big, ballot: big }),
  z.strictObject({ kind: z.literal('cancel'), number: big, by: nodeId }),
]);
