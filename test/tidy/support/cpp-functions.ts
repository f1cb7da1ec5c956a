// Finds C++ functions and their lengths by counting braces. A real parser would need every include; braces are
// enough, since the only question is where a body begins and ends. What is not a namespace, a type or a table of
// data counts as a function, so a wrong guess can only be too strict.
import type { FunctionSize } from './typescript-functions.ts';

const COMMENT_OR_TEXT =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^\s()\\]{0,16})\([\s\S]*?\)\1"|"(?:\\[\s\S]|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\[\s\S]|[^'\\\n])+'/g;
const DIRECTIVE = /^[ \t]*#(?:[^\n]*\\\n)*[^\n]*/gm;
const SCOPE = /^(?:(?:template\s*<[\s\S]*>|typedef|static|inline|constexpr|export)\s*)*(?:namespace|class|struct|union|enum|extern\s*"")/;
const CALLABLE = /\)\s*(?:const|noexcept|override|final|&{1,2}|->[\s\S]*|\s)*$/;

/** Every function of a C++ or C file. Nested ones (lambdas) count as part of the outer one. */
export function cppFunctions(text: string): FunctionSize[] {
  const code = blank(text);
  const found: FunctionSize[] = [];
  let head = '';
  let line = 1;
  let depth = 0;
  let body: { name: string; line: number; depth: number } | null = null;
  for (const character of code) {
    if (character === '{') {
      if (body === null && isFunction(head.trim())) body = { name: nameOf(head), line, depth };
      depth++;
    } else if (character === '}') {
      depth--;
      if (body !== null && depth === body.depth) {
        found.push({ name: body.name, line: body.line, lines: line - body.line + 1 });
        body = null;
      }
    }
    if (character === '{' || character === '}' || character === ';') head = '';
    else head += character;
    if (character === '\n') line++;
  }
  return found;
}

/** Comments, texts and directives hold braces that are none: blanked, with their line ends kept. */
function blank(text: string): string {
  const keepLines = (match: string): string => match.replace(/[^\n]/g, '');
  return text.replace(COMMENT_OR_TEXT, (match) => (match.startsWith('/') ? ' ' : '""') + keepLines(match)).replace(DIRECTIVE, keepLines);
}

function isFunction(head: string): boolean {
  if (/[=,(]$/.test(head)) return false;
  return CALLABLE.test(head) || !SCOPE.test(head.replace(/^(?:public|private|protected)\s*:\s*/, ''));
}

function nameOf(head: string): string {
  const words = [...head.matchAll(/([\w:~]+)\s*\(([^()]*)/g)].find(
    (match) => !/^(alignas|requires|decltype|noexcept|__attribute__)$/.test(match[1] ?? ''),
  );
  if (words === undefined) return head.trim().split(/\s+/).at(-1) ?? '';
  return /^TEST/.test(words[1] ?? '') ? `${words[1]}(${words[2]?.trim()})` : (words[1] ?? '');
}
