// The files that people write, as the tidy tests see them: what is generated, fetched or vendored is not theirs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root.ts';

export interface ProjectFile {
  /** Relative to the package, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'coverage', '.git', 'vendor', 'corpus', 'prebuilds']);
const TEXT = /\.(ts|mjs|js|cc|h|c|md|json|yaml|yml|txt|gyp)$|(^|\/)(CMakeLists\.txt|run|LICENSE|\.npmrc|\.gitignore)$/;
/** Code that is held to the limits of size and to an opening comment. */
const CODE = /^(lib|native|test|bench|scripts)\/.*\.(ts|mjs|cc|h|c)$/;

let read: readonly ProjectFile[] | null = null;

/** Every text file of the project, sorted by path; read once. */
export function projectFiles(): readonly ProjectFile[] {
  read ??= walk('').map((path) => ({ path, text: readFileSync(join(packageRoot, path), 'utf8') }));
  return read;
}

export function codeFiles(): ProjectFile[] {
  return projectFiles().filter((file) => CODE.test(file.path));
}

export function filesUnder(folder: string, ending: string): ProjectFile[] {
  return projectFiles().filter((file) => file.path.startsWith(`${folder}/`) && file.path.endsWith(ending));
}

/** The text of one file, or empty where it does not exist yet. */
export function textOf(path: string): string {
  return projectFiles().find((file) => file.path === path)?.text ?? '';
}

function walk(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { withFileTypes: true })
    .filter((entry) => !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return walk(path);
      return entry.isFile() && TEXT.test(path) ? [path] : [];
    })
    .sort();
}
