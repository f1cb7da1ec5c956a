// The shape of configurations that come from other nodes (reconfiguration/catching-up.ts). Their text is checked by whoever
// reads it, like any file.
import { z } from 'zod';
import { big } from './big.ts';
import type { ConfigurationMessage } from '../reconfiguration/catching-up.ts';
import { isLayout, TEXT_MAX } from '../reconfiguration/shapes.ts';
import type { Layout } from '../reconfiguration/state.ts';

const version = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const held = { number: big, version, digest: z.string().regex(/^[0-9a-f]{64}$/), text: z.string().max(TEXT_MAX) };
const layout = z.custom<Layout>(isLayout);

export const configurationMessageShape: z.ZodType<ConfigurationMessage> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('configured'), configured: z.strictObject({ default: big, active: big, versionMax: version }) }),
  z.strictObject({ kind: z.literal('defaultConfiguration'), held: z.strictObject(held) }),
  z.strictObject({ kind: z.literal('activeConfiguration'), active: z.strictObject({ ...held, layout }) }),
]);
