/**
 * Lays out in a folder what the Dockerfile brings into /app, without Docker: `node test/cluster/image-contents.ts FOLDER`, and then
 * `test/cluster/kube/image.sh NAME FOLDER`. One thing is added, since the base of those images has no Node: the package `node`. Needs
 * root, as what its Node compiles is kept for the user of the image.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** One `COPY` of the last stage. */
export interface Copied {
  /** Relative to the project, or absolute in the stage that it comes from. */
  readonly from: string;
  /** Relative to /app. */
  readonly to: string;
  /** The stage, when it is not the project itself. */
  readonly stage?: string;
}

/** What the last stage of a Dockerfile copies; its instructions stand on one line each. */
export function copiedFiles(dockerfile: string): Copied[] {
  const lines = dockerfile.split('\n');
  const last = lines.findLastIndex((line) => line.startsWith('FROM '));
  return lines.slice(last).flatMap((line) => {
    const [instruction, ...words] = line.split(/\s+/);
    if (instruction !== 'COPY') return [];
    const stage = words[0]?.startsWith('--from=') === true ? words.shift()!.slice('--from='.length) : undefined;
    const target = words.pop()!;
    return words.map((from) => ({
      from,
      to: target.endsWith('/') ? join(target, basename(from)) : join(target),
      ...(stage === undefined ? {} : { stage }),
    }));
  });
}

/** Tells which paths of the project `.dockerignore` keeps out: the last pattern that fits a path, or a folder of it, decides. */
export function ignoredBy(dockerignore: string): (path: string) => boolean {
  const patterns = dockerignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    // Unlike in globs of Node, a star stands for names with a leading dot, too.
    const fits = (pattern: string): boolean =>
      pattern === '*' || prefixes.some((prefix) => matchesGlob(prefix, pattern));
    const decisive = patterns.findLast((pattern) => fits(pattern.replace(/^!/, '')));
    return decisive !== undefined && !decisive.startsWith('!');
  };
}

/** The folders of node_modules that `npm ci --omit=dev` makes on this machine. */
export function productionModules(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const kept = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return kept.map(([path]) => path).filter((path) => existsSync(join(ROOT, path)));
}

/** Lays everything out in `folder`, which is emptied first. */
export function layOut(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const ignored = ignoredBy(readFileSync(join(ROOT, '.dockerignore'), 'utf8'));
  for (const { from, to, stage } of copiedFiles(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
    if (stage === undefined) {
      const filter = (path: string): boolean => !ignored(relative(ROOT, path));
      cpSync(join(ROOT, from), join(folder, to), { recursive: true, filter });
    } else {
      copyModules(join(folder, to));
    }
  }
  const node = join(folder, 'node_modules', 'node', 'bin', 'node');
  mkdirSync(dirname(node), { recursive: true });
  cpSync(join(ROOT, 'node_modules', 'node', 'bin', 'node'), node);
  execFileSync('sh', [join(folder, 'charts', 'image', 'compile.sh')], {
    stdio: 'inherit',
    env: { ...process.env, NODE: node },
  });
}

function copyModules(target: string): void {
  for (const path of productionModules()) {
    const own = join(ROOT, path);
    const filter = (file: string): boolean => relative(own, file).split('/')[0] !== 'node_modules';
    cpSync(own, join(target, relative('node_modules', path)), { recursive: true, filter });
  }
  execFileSync('sh', [join(ROOT, 'charts', 'image', 'slim.sh'), target], { stdio: 'inherit' });
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: image-contents.ts FOLDER');
  layOut(folder);
}
