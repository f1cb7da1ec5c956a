// Looks for what makes a protocol impure: imports from outside, clocks, chance, timers, the process. Read from the
// syntax tree, so that a comment about Date and a property named `process` are no offence.
import { posix } from 'node:path';
import ts from 'typescript';
import { parse } from './typescript-functions.ts';

const PURE_PACKAGES: ReadonlySet<string> = new Set(['cbor-x', 'zod']);
const IMPURE_NAMES: ReadonlySet<string> = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'globalThis',
  'global',
  'crypto',
  'fetch',
  'console',
  'require',
  'WeakRef',
  'FinalizationRegistry',
  'Atomics',
  'SharedArrayBuffer',
]);

/** What is impure in one file of lib/protocol, as `path:line: what`. */
export function impurities(path: string, text: string): string[] {
  const source = parse(path, text);
  const found: string[] = [];
  const report = (node: ts.Node, what: string): void => {
    found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    const from = importedFrom(node);
    if (from !== null && !mayImport(path, from)) report(node, `imports ${from}`);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) report(node, 'imports while it runs');
    if (ts.isIdentifier(node) && IMPURE_NAMES.has(node.text) && !isOnlyAName(node)) report(node, `uses ${node.text}`);
    if (ts.isPropertyAccessExpression(node) && node.getText(source) === 'Math.random') report(node, 'uses Math.random');
    if (ts.isMetaProperty(node)) report(node, 'uses import.meta');
    if (ts.isAwaitExpression(node)) report(node, 'awaits');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function importedFrom(node: ts.Node): string | null {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return null;
  return node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : null;
}

function mayImport(path: string, from: string): boolean {
  if (!from.startsWith('.')) return PURE_PACKAGES.has(from);
  const target = posix.join(posix.dirname(path), from);
  return target.startsWith('lib/protocol/') || target === 'lib/errors.ts';
}

/** `a.process`, `{ process: 1 }`, `interface A { process: string }`: the word, not the thing. */
function isOnlyAName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent);
}
