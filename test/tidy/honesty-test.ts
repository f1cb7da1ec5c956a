// Tests that cannot deceive: none left out, none run alone, none tried again until it passes, none that sleeps and
// hopes. Waiting is for a state, with a deadline (lib/demo/wait-for.ts, test/unit/support/wait-until.ts).
import assert from 'node:assert/strict';
import { type ProjectFile, projectFiles } from './support/project-files.ts';

interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
}

// Written in parts, so that this file does not offend against itself.
const word = (...parts: string[]): string => parts.join('');
const RULES: readonly Rule[] = [
  { what: 'runs alone', pattern: new RegExp(word('\\b(describe|it|context|suite|test)\\.on', 'ly\\b')) },
  {
    what: 'is left out',
    pattern: new RegExp(word('\\b(describe|it|context|suite|test)\\.sk', 'ip\\b|\\bx(it|describe)\\(|\\bDISAB', 'LED_')),
  },
  // What a machine cannot do may be left out on a condition, with the reason; the last line of `npm test` counts it.
  { what: 'is left out', pattern: new RegExp(word('^\\s*(this\\.sk', 'ip|GTEST_SK', 'IP)\\(\\)')) },
  { what: 'is tried again', pattern: new RegExp(word('\\bretr', 'ies\\s*\\(|"retr', 'ies"|--retr', 'ies|gtest_rep', 'eat')) },
  {
    what: 'sleeps',
    pattern: new RegExp(word('\\b(std::this_thread::sle', 'ep_(for|until)|usle', 'ep|nanosle', 'ep|clock_nanosle', 'ep|sle', 'ep)\\s*\\(')),
  },
  { what: 'sleeps', pattern: new RegExp(word('await\\s+(pause|delay|setTime', 'out)\\s*\\(|new Promise\\b[^\\n]*setTime', 'out\\(')) },
];
const TESTS = /^(test\/.*\.ts|native\/test\/.*\.(cc|h)|\.mocharc\.[a-z]+)$/;

function dishonesties({ path, text }: ProjectFile): string[] {
  return text.split('\n').flatMap((line, index) => {
    const code = line.replace(/(^|\s)\/\/.*$/, '');
    return RULES.filter((rule) => rule.pattern.test(code)).map((rule) => `${path}:${index + 1}: ${rule.what}: ${line.trim()}`);
  });
}

describe('tidy: honesty', () => {
  it('holds for every test', () =>
    assert.deepEqual(
      projectFiles()
        .filter((file) => TESTS.test(file.path))
        .flatMap(dishonesties),
      [],
    ));
});

describe('tidy: honesty, on planted tests', () => {
  it('finds each', () => {
    const planted = [
      [word('it.on', "ly('x', () => {});"), 'runs alone'],
      [word('describe.sk', "ip('x', () => {});"), 'is left out'],
      [word('this.sk', 'ip();'), 'is left out'],
      [word('GTEST_SK', 'IP();'), 'is left out'],
      [word('TEST(A, DISAB', 'LED_B) {'), 'is left out'],
      [word('this.retr', 'ies(3);'), 'is tried again'],
      [word('std::this_thread::sle', 'ep_for(1ms);'), 'sleeps'],
      [word('usle', 'ep(10);'), 'sleeps'],
      [word('await pau', 'se(100);'), 'sleeps'],
      [word('await new Promise((done) => setTime', 'out(done, 100));'), 'sleeps'],
    ];
    for (const [text = '', what = ''] of planted) {
      assert.deepEqual(dishonesties({ path: 'test/a.ts', text }), [`test/a.ts:1: ${what}: ${text}`]);
    }
  });

  it('lets pass what waits for a state', () => {
    for (const text of [
      word('if (!possible(reason)) GTEST_SK', 'IP() << reason;'),
      'await waitFor(() => a, { deadlineMs: 100 });',
      '// never sleeps (for long)',
      'this.timeout(5000);',
      'assert.match(line, /x/);',
    ]) {
      assert.deepEqual(dishonesties({ path: 'test/a.ts', text }), []);
    }
  });
});
