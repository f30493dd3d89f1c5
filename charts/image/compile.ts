/**
 * Loads all modules in rooms of the program that it lies in, once, so that Node keeps what it compiled of them:
 * `NODE_COMPILE_CACHE=… node charts/image/compile.ts ROOM...`; see compile.sh.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** They begin their work when they are loaded. */
const ENTRY_POINTS = ['cli/main.ts', 'runner/main.ts', 'runner/host.ts', 'runner/pod.ts'];

const app = join(import.meta.dirname, '..', '..');
const files = process.argv.slice(2).flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: app }));
const packages = new Set<string>();
for (const file of files) {
  const text = readFileSync(join(app, file), 'utf8');
  // Those that are loaded on use; the others come along with who imports them.
  for (const [, name] of text.matchAll(/\bimport\('((?!node:)[^.'][^']*)'\)/g)) packages.add(name!);
}
for (const name of packages) await import(name);
for (const file of files) if (!ENTRY_POINTS.includes(file)) await import(pathToFileURL(join(app, file)).href);
// It is written at the end, which nothing that a module opened is to delay.
process.exit(0);
