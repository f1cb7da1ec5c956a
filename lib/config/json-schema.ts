// The schema of the configuration file for editors (`heartwire config schema`): the same description that
// checks it, so that completion and check cannot differ.
import { z } from 'zod';
import { fileSchema } from './schema/file.ts';

/** JSON Schema, draft 2020-12. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(fileSchema, { io: 'input', reused: 'inline' });
  return { $schema, title: 'Heartwire cluster configuration', ...rest };
}
