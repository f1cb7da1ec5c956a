// From a field to its place in the file: an error that names line and column is mended in seconds.
import { type Document, isCollection, isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import { HeartwireError } from '../errors.ts';

export type FieldPath = readonly (string | number)[];

export interface Source {
  /** The file's content as plain values. */
  readonly value: unknown;
  /** Of a field, or of the nearest thing around it that exists. */
  place(path: FieldPath): Place;
  /** The same for the key itself (an unknown one). */
  placeOfKey(path: FieldPath): Place;
}

export interface Place {
  readonly offset: number;
  /** "file:line:column" */
  readonly text: string;
}

const BYTES_MAX = 4 * 1024 * 1024;

/**
 * @param label how the file is called in errors
 * @throws HeartwireError HW_CONFIG_SYNTAX with line and column
 */
export function readSource(text: string, label: string): Source {
  if (text.length > BYTES_MAX) throw HeartwireError.of('HW_CONFIG_SYNTAX', { reason: `longer than ${BYTES_MAX} bytes.` }, { place: label });
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { offset, text: `${label}:${Math.max(line, 1)}:${Math.max(col, 1)}` };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) throw HeartwireError.of('HW_CONFIG_SYNTAX', { reason: error.message }, { place: at(error.pos[0]).text });
  return {
    value: valueOf(document, label),
    place: (path) => at(offsetOf(document, path)),
    placeOfKey: (path) => at(keyOffset(document, path) ?? offsetOf(document, path)),
  };
}

/** "nodes[1].id" */
export function fieldName(path: FieldPath): string {
  return path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`), '');
}

function valueOf(document: Document, label: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw HeartwireError.of('HW_CONFIG_SYNTAX', { reason: (error as Error).message }, { place: label, cause: error });
  }
}

function offsetOf(document: Document, path: FieldPath): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  const root = document.contents;
  return isNode(root) && root.range != null ? root.range[0] : 0;
}

function keyOffset(document: Document, path: FieldPath): number | null {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (!isCollection(parent) || !isMap(parent)) return null;
  for (const item of parent.items) {
    if (isPair(item) && isScalar(item.key) && item.key.value === path.at(-1)) return item.key.range?.[0] ?? null;
  }
  return null;
}
