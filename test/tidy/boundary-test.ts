// The walls of the house: protocols are pure, the core knows nothing of Node, napi lives in native/binding alone,
// and one file of TypeScript loads the addon. Each wall is why something else is testable.
import assert from 'node:assert/strict';
import { filesUnder, type ProjectFile, projectFiles } from './support/project-files.ts';
import { impurities } from './support/purity.ts';

const NODE_HEADER =
  /^\s*#\s*include\s*[<"](napi\.h|napi-inl\.h|node_api\.h|node_api_types\.h|js_native_api\.h|node\.h|node_[a-z_]+\.h|v8[a-z-]*\.h|uv\.h|uv\/[^>"]+)[>"]/;
const NAPI_FOLDERS = /^native\/(binding\/|addon\.cc$)/;
const ADDON_LOADERS: ReadonlySet<string> = new Set(['lib/native-loader.ts', 'test/simulation/engine-port.ts']);

function nodeHeaders({ path, text }: ProjectFile): string[] {
  if (NAPI_FOLDERS.test(path)) return [];
  return text.split('\n').flatMap((line, index) => (NODE_HEADER.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

/** The core's folders may not reach for what stands on top of them. */
function outwardIncludes({ path, text }: ProjectFile): string[] {
  if (!path.startsWith('native/core/')) return [];
  return text
    .split('\n')
    .flatMap((line, index) => (/#\s*include\s*"(binding|test|tools|fuzz)\//.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

function loadsAddon({ path, text }: ProjectFile): string[] {
  const code = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '');
  const loads = /pkg-prebuilds|process\.dlopen|(require|load)\w*\([^)]*\.node['"`]/.test(code);
  return loads && !ADDON_LOADERS.has(path) ? [path] : [];
}

const nativeFiles = (): ProjectFile[] => projectFiles().filter((file) => /^native\/.*\.(cc|h|c)$/.test(file.path));

describe('tidy: boundaries', () => {
  it('keep lib/protocol pure', () =>
    assert.deepEqual(
      filesUnder('lib/protocol', '.ts').flatMap((file) => impurities(file.path, file.text)),
      [],
    ));
  it('keep napi, node and uv out of everything but native/binding', () => assert.deepEqual(nativeFiles().flatMap(nodeHeaders), []));
  it('keep the core from what stands on it', () => assert.deepEqual(nativeFiles().flatMap(outwardIncludes), []));
  it('let one file load the addon', () => assert.deepEqual(filesUnder('lib', '.ts').flatMap(loadsAddon), []));
});

describe('tidy: boundaries, on planted files', () => {
  const impure = (text: string): string[] => impurities('lib/protocol/membership/a.ts', text);

  it('finds each impurity', () => {
    const planted = [
      ["import { now } from 'node:perf_hooks';", 'imports node:perf_hooks'],
      ["import type { A } from '../../runtime/types.ts';", 'imports ../../runtime/types.ts'],
      ["export * from '../../config/config.ts';", 'imports ../../config/config.ts'],
      ["const a = await import('../types.ts');", 'imports while it runs'],
      ['const a = Date.now();', 'uses Date'],
      ['const a = new Date();', 'uses Date'],
      ['const a = Math.random();', 'uses Math.random'],
      ['performance.now();', 'uses performance'],
      ['setTimeout(() => {}, 1);', 'uses setTimeout'],
      ['queueMicrotask(() => {});', 'uses queueMicrotask'],
      ['const a = process.hrtime();', 'uses process'],
      ['const a = { process };', 'uses process'],
      ['globalThis.a = 1;', 'uses globalThis'],
    ];
    for (const [text = '', what = ''] of planted) {
      assert.ok(impure(text).includes(`lib/protocol/membership/a.ts:1: ${what}`), text);
    }
  });

  it('lets pass what is pure', () => {
    const text = `// Date.now() is not ours.
import { z } from 'zod';
import { decode } from 'cbor-x';
import { A } from '../types.ts';
import { HeartwireError } from '../../errors.ts';
interface B { process: string; Date: number }
export const c = (b: B): string => b.process + Math.max(1, 2);`;
    assert.deepEqual(impure(text), []);
  });

  it('finds a header of Node in the core, and lets the binding have it', () => {
    for (const header of ['<napi.h>', '"node_api.h"', '<uv.h>', '<node.h>', '<v8.h>']) {
      const text = `// Why.\n#include ${header}\n`;
      assert.deepEqual(nodeHeaders({ path: 'native/core/a.cc', text }), [`native/core/a.cc:2: #include ${header}`]);
      assert.deepEqual(nodeHeaders({ path: 'native/binding/a.cc', text }), []);
    }
    assert.deepEqual(nodeHeaders({ path: 'native/core/a.cc', text: '#include <openssl/evp.h>\n' }), []);
  });

  it('finds the core reaching outward, and a second loader', () => {
    assert.equal(outwardIncludes({ path: 'native/core/a.cc', text: '#include "binding/a.h"\n' }).length, 1);
    assert.deepEqual(loadsAddon({ path: 'lib/a.ts', text: "const a = require('../build/Release/heartwire.node');" }), ['lib/a.ts']);
    assert.deepEqual(loadsAddon({ path: 'lib/a.ts', text: '// the heartwire.node file' }), []);
  });
});
