// docs/configuration.md lists every field as the schema has it: what it may be, its default, what it means.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../../../lib/config/json-schema.ts';
import { packageRoot } from '../../../lib/package-root.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly additionalProperties?: Schema | false;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

describe('docs/configuration.md', () => {
  it('has every field of the schema', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'configuration.md'), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| `[a-z_.[\]]+` \|/.test(line));
    const expected = fields(configJsonSchema(), '');
    assert.deepEqual(rows, expected, `the table should read:\n${expected.join('\n')}`);
  });

  it('shows the example that ships', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'configuration.md'), 'utf8');
    assert.ok(text.includes(readFileSync(join(packageRoot, 'config', 'example.yaml'), 'utf8')));
  });
});

function fields(schema: Schema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const items = field.items === false ? undefined : field.items;
    if (items?.properties !== undefined) return [row(name, field, schema.required?.includes(key)), ...fields(items, `${name}[].`)];
    return field.properties === undefined ? [row(name, field, schema.required?.includes(key))] : fields(field, `${name}.`);
  });
}

function row(name: string, field: Schema, required = false): string {
  const standard = required
    ? 'needed'
    : field.default === undefined
      ? ''
      : `\`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
  return `| \`${name}\` | ${kind(field)} | ${standard} | ${(field.description ?? '').replace(/\|/g, '\\|')} |`;
}

function kind(field: Schema): string {
  if (field.enum !== undefined) return field.enum.join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(kind).join(' or ');
  if (field.prefixItems !== undefined) return 'two of a list';
  if (field.type === 'array')
    return field.items === undefined || field.items === false || field.items.properties !== undefined
      ? 'list'
      : `list of ${kind(field.items)}`;
  if (field.type === 'object') return 'text by name';
  if (field.type === 'integer') return field.minimum === undefined || field.minimum < 0 ? 'number' : `${field.minimum} to ${field.maximum}`;
  if (field.type === 'boolean') return 'true, false';
  return field.pattern?.includes('us|ms|s') === true ? 'duration' : 'text';
}
