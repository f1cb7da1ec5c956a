// Finds the functions of a TypeScript or JavaScript file and their lengths, by the compiler's own parser.
import ts from 'typescript';

export interface FunctionSize {
  readonly name: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly lines: number;
}

/** A group of tests is a chapter, not a function: its length is that of the file. */
const CHAPTERS: ReadonlySet<string> = new Set(['describe', 'context', 'suite']);

/** Every function with a body, nested ones too. */
export function typescriptFunctions(path: string, text: string): FunctionSize[] {
  const source = parse(path, text);
  const found: FunctionSize[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && !isChapter(node)) found.push(sizeOf(source, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, /\.m?js$/.test(path) ? ts.ScriptKind.JS : ts.ScriptKind.TS);
}

function isChapter(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && CHAPTERS.has(node.parent.expression.getText());
}

function sizeOf(source: ts.SourceFile, node: ts.SignatureDeclaration): FunctionSize {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
  return { name: nameOf(node), line: first + 1, lines: last - first + 1 };
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : 'a nameless function';
}
