// The communication parameters that were set, on disk: one small file, replaced at once, so that a crash leaves the old set or
// the new one (P1).
import { join } from 'node:path';
import { z } from 'zod';
import { parameterSetShape } from '../protocol/codec/round-shapes.ts';
import type { ParameterSet } from '../protocol/parameters/settings.ts';
import { readIfThere, writeDurably } from './state-file.ts';

const shape = z.object({ version: z.string().regex(/^\d{1,20}$/), settings: z.array(z.unknown()) });

const pathIn = (directory: string): string => join(directory, 'parameters.json');

/** @returns null: nothing was set yet @throws what the file system throws, or what is wrong with the file */
export function readParameters(directory: string): ParameterSet | null {
  const text = readIfThere(pathIn(directory));
  if (text === null) return null;
  const { version, settings } = shape.parse(JSON.parse(text));
  return parameterSetShape.parse({ version: BigInt(version), settings });
}

/** @throws what the file system throws; then the old set is still there */
export function writeParameters(directory: string, { version, settings }: ParameterSet): void {
  writeDurably(pathIn(directory), `${JSON.stringify({ version: version.toString(), settings })}\n`);
}
