// One table of errors: documented as it is, and kept whole on its way through sockets and the engine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asHeartwireError, type ErrorCode, errorTable, EXIT, HeartwireError, isErrorCode } from '../../../lib/errors.ts';
import { packageRoot } from '../../../lib/package-root.ts';

describe('errors', () => {
  it('are all in docs/errors.md, with the same words, and nothing else is', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'errors.md'), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `HW_'));
    const expected = Object.entries(errorTable).map(([code, entry]) => row(code as ErrorCode, entry));
    assert.deepEqual(rows, expected, `the table should read:\n${expected.join('\n')}`);
  });

  it('have an exit code that is documented, a way out, and a name that is a constant', () => {
    const exits: readonly number[] = Object.values(EXIT).filter((exit) => exit !== EXIT.ok && exit !== EXIT.degraded);
    for (const [code, { exitCode, hint }] of Object.entries(errorTable)) {
      assert.match(code, /^HW_[A-Z]+(_[A-Z]+)*$/);
      assert.ok(exits.includes(exitCode), code);
      assert.ok(hint.length > 0, code);
    }
  });

  it('fill their message and hint', () => {
    const error = HeartwireError.of('HW_GROUP_UNKNOWN', { group: 'wheel' }, { place: 'demo.yaml:3:1' });
    assert.equal(error.message, 'There is no group wheel on this machine.');
    assert.match(error.hint, /^groupadd --system wheel,/);
    assert.equal(error.exitCode, EXIT.usage);
    assert.deepEqual(error.toJSON(), { code: 'HW_GROUP_UNKNOWN', message: error.message, place: 'demo.yaml:3:1', hint: error.hint });
  });

  it('come back whole from JSON', () => {
    const error = HeartwireError.of('HW_REFUSED', { reason: 'no.' });
    const back = HeartwireError.from(JSON.parse(JSON.stringify(error)) as ReturnType<HeartwireError['toJSON']>);
    assert.deepEqual(back.toJSON(), error.toJSON());
    assert.ok(back instanceof HeartwireError && back instanceof Error);
    assert.equal(back.name, 'HeartwireError');
  });

  it('are known by their code when the engine throws them, and unexpected otherwise', () => {
    const native = Object.assign(new Error('There is no session with node 3.'), { code: 'HW_NO_SESSION' });
    assert.deepEqual(
      [asHeartwireError(native).code, asHeartwireError(native).message, asHeartwireError(native).cause],
      ['HW_NO_SESSION', native.message, native],
    );
    assert.equal(asHeartwireError(Object.assign(new Error('x'), { code: 'ENOENT' })).code, 'HW_UNEXPECTED');
    assert.equal(asHeartwireError('text').code, 'HW_UNEXPECTED');
    assert.equal(HeartwireError.from({ code: 'HW_FROM_TOMORROW', message: 'new' }).code, 'HW_UNEXPECTED');
    assert.ok(!isErrorCode('toString'));
  });
});

function row(code: ErrorCode, { message, exitCode, hint }: (typeof errorTable)[ErrorCode]): string {
  return `| \`${code}\` | ${exitCode} | ${cell(message)} | ${cell(hint)} |`;
}

function cell(text: string): string {
  return text.replace(/\n/g, ' ').replace(/\|/g, '\\|');
}
