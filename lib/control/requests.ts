// What may be asked over the control socket: one JSON object a line, checked before anything is done.
import { z } from 'zod';
import type { ClusterStatus } from '../api/status.ts';
import type { PauseOptions } from '../api/pause.ts';
import { PAUSE_MS_MAX } from '../protocol/inactivity/absence.ts';
import type { ConfigurationCalls } from '../api/configurations.ts';
import type { HeartwireEvent } from '../api/event.ts';
import type { ScriptQueueStatus } from '../api/scripts.ts';
import type { Parameters, ParameterScope, SetParameterOptions } from '../api/parameters.ts';
import type { NodeReference } from '../api/node-reference.ts';
import { HeartwireError } from '../errors.ts';
import type { Facts } from '../protocol/types.ts';
import type { ProgressReport, Timings } from '../runtime/types.ts';

/** What the server serves; `Cluster` has all of it. */
export interface ControlTarget {
  status(): ClusterStatus;
  timings(): Timings;
  readonly parameters: Pick<Parameters, 'list' | 'get' | 'set'>;
  progress(options: { readonly node?: NodeReference }): Promise<ProgressReport>;
  recentEvents(): readonly HeartwireEvent[];
  readonly scripts: { status(): ScriptQueueStatus };
  on(name: 'event', listener: (event: HeartwireEvent) => void): unknown;
  off(name: 'event', listener: (event: HeartwireEvent) => void): unknown;
  publish(name: string, facts: Facts): Promise<void>;
  offline(): Promise<void>;
  online(): Promise<void>;
  move(options: { readonly to?: NodeReference }): Promise<void>;
  pause(options: PauseOptions): Promise<void>;
  resume(): Promise<void>;
  moveGroup(group: string, options: { readonly to?: NodeReference }): Promise<void>;
  setStandby(node: NodeReference): Promise<void>;
  changeActiveNetwork(network: string): Promise<void>;
  addVirtualAddress(address: string, network?: string): Promise<void>;
  deleteVirtualAddress(address: string): Promise<void>;
  readonly configurations: ConfigurationCalls;
}

export type Request =
  | { readonly command: 'status' | 'timings' | 'parameters' | 'scripts' | 'offline' | 'online' | 'resume' }
  | ({ readonly command: 'pause' } & PauseOptions)
  /** What holds; answered by a number. */
  | ({ readonly command: 'parameter'; readonly name: string } & ParameterScope)
  | ({ readonly command: 'setParameters'; readonly values: Readonly<Record<string, number | null>> } & SetParameterOptions)
  /** Status now, at every event, and every `intervalMs`. */
  | { readonly command: 'watch'; readonly intervalMs: number }
  /** The last `recent` events, then, with `follow`, all that come. */
  | { readonly command: 'events'; readonly recent: number; readonly follow: boolean }
  /** Null: of this node. */
  | { readonly command: 'progress'; readonly node: NodeReference | null }
  | { readonly command: 'publish'; readonly name: string; readonly facts: Facts }
  | { readonly command: 'move'; readonly to: NodeReference | null }
  | { readonly command: 'moveGroup'; readonly group: string; readonly to: NodeReference | null }
  | { readonly command: 'standby'; readonly node: NodeReference }
  | { readonly command: 'network'; readonly network: string }
  | { readonly command: 'addAddress'; readonly address: string; readonly network: string }
  | { readonly command: 'deleteAddress'; readonly address: string }
  | { readonly command: 'configuration' | 'syncConfiguration' | 'abortConfiguration' }
  /** Null: whatever is there. */
  | { readonly command: 'editConfiguration'; readonly text: string; readonly base: number | null }
  | { readonly command: 'applyConfiguration'; readonly version: number | null };

/** `id` comes back with every answer; a number or word of the client's choice. */
export type NumberedRequest = Request & { readonly id: number | string };

const id = { id: z.union([z.int(), z.string().max(64)]) };
const node = z.union([z.int().min(1).max(65535), z.string().min(1).max(255)]);
const version = z.int().min(0);
const text = z.string().min(1).max(255);
const scope = { node: node.exactOptional(), pair: z.tuple([node, node]).exactOptional() };

const requestSchema: z.ZodType<NumberedRequest> = z.discriminatedUnion('command', [
  z.strictObject({ ...id, command: z.literal('parameter'), name: text, ...scope }),
  z.strictObject({
    ...id,
    command: z.literal('setParameters'),
    values: z.record(text, z.number().nullable()),
    timeoutMs: z.int().min(100).max(600_000).exactOptional(),
    ...scope,
  }),
  z.strictObject({ ...id, command: z.enum(['status', 'timings', 'parameters', 'scripts', 'offline', 'online', 'resume']) }),
  z.strictObject({ ...id, command: z.literal('watch'), intervalMs: z.int().min(100).max(3_600_000).default(1000) }),
  z.strictObject({
    ...id,
    command: z.literal('events'),
    recent: z.int().min(0).max(1000).default(1000),
    follow: z.boolean().default(false),
  }),
  z.strictObject({ ...id, command: z.literal('progress'), node: node.nullable().default(null) }),
  z.strictObject({
    ...id,
    command: z.literal('publish'),
    name: text,
    facts: z.record(text, z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  }),
  z.strictObject({ ...id, command: z.literal('move'), to: node.nullable().default(null) }),
  z.strictObject({
    ...id,
    command: z.literal('pause'),
    forMs: z.number().min(1).max(PAUSE_MS_MAX).exactOptional(),
    reason: z.string().min(1).max(64).exactOptional(),
    policy: z.enum(['move', 'keep']).exactOptional(),
    responseMs: z.number().min(0).max(PAUSE_MS_MAX).exactOptional(),
  }),
  z.strictObject({ ...id, command: z.literal('moveGroup'), group: text, to: node.nullable().default(null) }),
  z.strictObject({ ...id, command: z.literal('standby'), node }),
  z.strictObject({ ...id, command: z.literal('network'), network: text }),
  z.strictObject({ ...id, command: z.literal('addAddress'), address: text, network: text.default('active') }),
  z.strictObject({ ...id, command: z.literal('deleteAddress'), address: text }),
  z.strictObject({ ...id, command: z.enum(['configuration', 'syncConfiguration', 'abortConfiguration']) }),
  z.strictObject({ ...id, command: z.literal('editConfiguration'), text: z.string().min(1), base: version.nullable().default(null) }),
  z.strictObject({ ...id, command: z.literal('applyConfiguration'), version: version.nullable().default(null) }),
]);

/** @throws HeartwireError HW_REQUEST_INVALID */
export function parseRequest(line: string): NumberedRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw HeartwireError.of('HW_REQUEST_INVALID', { reason: `it is not JSON (${(error as Error).message}).` });
  }
  const result = requestSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw HeartwireError.of('HW_REQUEST_INVALID', { reason: `${field === '' ? '' : `${field}: `}${issue?.message ?? 'unknown'}.` });
}

/** The id of a request that is otherwise wrong, so that its sender knows which one. */
export function idOf(line: string): number | string | null {
  const match = /"id"\s*:\s*(?:(-?\d{1,15})|"([^"\\]{0,64})")/.exec(line);
  if (match === null) return null;
  return match[1] === undefined ? (match[2] ?? null) : Number(match[1]);
}

/** Carries out a request that has one answer. */
export async function perform(request: NumberedRequest, target: ControlTarget): Promise<unknown> {
  switch (request.command) {
    case 'status':
      return target.status();
    case 'timings':
      return target.timings();
    case 'scripts':
      return target.scripts.status();
    case 'parameters':
      return target.parameters.list();
    case 'parameter':
      return target.parameters.get(request.name, request);
    case 'setParameters':
      return target.parameters.set(request.values, request);
    case 'progress':
      return target.progress(request.node === null ? {} : { node: request.node });
    case 'publish':
      await target.publish(request.name, request.facts);
      return null;
    case 'offline':
      await target.offline();
      return null;
    case 'online':
      await target.online();
      return null;
    case 'pause': {
      const { command: _, id: __, ...options } = request;
      await target.pause(options);
      return null;
    }
    case 'resume':
      await target.resume();
      return null;
    case 'move':
      await target.move(request.to === null ? {} : { to: request.to });
      return null;
    case 'moveGroup':
      await target.moveGroup(request.group, request.to === null ? {} : { to: request.to });
      return null;
    case 'standby':
      await target.setStandby(request.node);
      return null;
    case 'network':
      await target.changeActiveNetwork(request.network);
      return null;
    case 'addAddress':
      await target.addVirtualAddress(request.address, request.network);
      return null;
    case 'deleteAddress':
      await target.deleteVirtualAddress(request.address);
      return null;
    case 'configuration':
      return target.configurations.report();
    case 'editConfiguration':
      return target.configurations.edit(request.text, request.base === null ? {} : { base: request.base });
    case 'syncConfiguration':
      return target.configurations.sync();
    case 'applyConfiguration':
      return target.configurations.apply(request.version === null ? {} : { version: request.version });
    case 'abortConfiguration':
      return target.configurations.abort();
    case 'watch':
    case 'events':
      return null;
  }
}
