// One idea a file: no file over 400 lines, no function over 70, and each file opens by saying why it exists. What
// cannot be held to that is two things and wants two names.
import assert from 'node:assert/strict';
import { cppFunctions } from './support/cpp-functions.ts';
import { codeFiles, type ProjectFile } from './support/project-files.ts';
import { typescriptFunctions } from './support/typescript-functions.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

function longFile({ path, text }: ProjectFile): string[] {
  const lines = text.split('\n').length - 1;
  return lines > FILE_LINES_MAX ? [`${path}: ${lines} lines`] : [];
}

function longFunctions({ path, text }: ProjectFile): string[] {
  const functions = /\.(cc|h|c)$/.test(path) ? cppFunctions(text) : typescriptFunctions(path, text);
  return functions
    .filter((each) => each.lines > FUNCTION_LINES_MAX)
    .map((each) => `${path}:${each.line}: ${each.name} has ${each.lines} lines`);
}

function unopened({ path, text }: ProjectFile): string[] {
  return /^(#![^\n]*\n)?\/[/*] ?[A-Z`'"0-9<(a-z]/.test(text) ? [] : [`${path}: no opening comment`];
}

describe('tidy: size', () => {
  it('sees the code', () => assert.ok(codeFiles().length > 100));
  it('keeps files short', () => assert.deepEqual(codeFiles().flatMap(longFile), []));
  it('keeps functions short', () => assert.deepEqual(codeFiles().flatMap(longFunctions), []));
  it('opens each file with why it exists', () => assert.deepEqual(codeFiles().flatMap(unopened), []));
});

describe('tidy: size, on planted files', () => {
  const body = (lines: number): string => '\n  step();'.repeat(lines - 2);

  it('finds a long file', () => {
    assert.deepEqual(longFile({ path: 'lib/a.ts', text: 'x\n'.repeat(401) }), ['lib/a.ts: 401 lines']);
    assert.deepEqual(longFile({ path: 'lib/a.ts', text: 'x\n'.repeat(400) }), []);
  });

  it('finds a long TypeScript function, method or arrow, and lets a chapter of tests pass', () => {
    const long = (text: string): string[] => longFunctions({ path: 'lib/a.ts', text });
    assert.deepEqual(long(`function a(): void {${body(71)}\n}`), ['lib/a.ts:1: a has 71 lines']);
    assert.deepEqual(long(`function a(): void {${body(70)}\n}`), []);
    assert.deepEqual(long(`class A {\n  b(): void {${body(71)}\n}\n}`), ['lib/a.ts:2: b has 71 lines']);
    assert.deepEqual(long(`const c = () => {${body(71)}\n};`), ['lib/a.ts:1: c has 71 lines']);
    assert.deepEqual(long(`describe('x', () => {${body(71)}\n});`), []);
    assert.deepEqual(long(`it('x', () => {${body(71)}\n});`), ['lib/a.ts:1: a nameless function has 71 lines']);
  });

  it('finds a long C++ function wherever it stands', () => {
    const long = (text: string): string[] => longFunctions({ path: 'native/a.cc', text });
    assert.deepEqual(long(`namespace a {\nvoid b(int c) {${body(71)}\n}\n}`), ['native/a.cc:2: b has 71 lines']);
    assert.deepEqual(long(`struct A {\n  int b() const noexcept {${body(71)}\n}\n};`), ['native/a.cc:2: b has 71 lines']);
    assert.deepEqual(long(`A::A() : b_(1), c_(2) {${body(71)}\n}`), ['native/a.cc:1: A::A has 71 lines']);
    assert.equal(long(`A::A() : b_{1}, c_{2} {${body(71)}\n}`).length, 1);
    assert.deepEqual(long(`TEST(Frame, IsLong) {${body(71)}\n}`), ['native/a.cc:1: TEST(Frame, IsLong) has 71 lines']);
    assert.deepEqual(long(`static struct in_addr f(void) {${body(71)}\n}`), ['native/a.cc:1: f has 71 lines']);
    assert.deepEqual(long(`void b() {${body(70)}\n}\nvoid c() {${body(70)}\n}`), []);
  });

  it('takes no scope, table, comment or text for a C++ function', () => {
    const inner = 'int a();\n'.repeat(80);
    for (const open of [
      'namespace {',
      'class alignas(64) A final : public B {',
      'template <typename T>\nstruct A {',
      'extern "C" {',
      'enum class A {',
      'constexpr int a[] = {',
    ]) {
      assert.deepEqual(longFunctions({ path: 'native/a.h', text: `${open}\n${inner}};` }), [], open);
    }
    const tricks = `const char* a = "{ \\" {"; char b = '{'; // {\n/* { */ int c = 1'000;\n#define D {\nauto e = R"x({ {)x";\nint f() { return 1; }\n${inner}`;
    assert.deepEqual(cppFunctions(tricks), [{ name: 'f', line: 5, lines: 1 }]);
  });

  it('finds a file without an opening comment', () => {
    assert.deepEqual(unopened({ path: 'lib/a.ts', text: "import a from 'b';\n" }), ['lib/a.ts: no opening comment']);
    assert.deepEqual(unopened({ path: 'lib/a.ts', text: '#!/usr/bin/env node\n// Why.\n' }), []);
  });
});
