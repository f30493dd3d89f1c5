/** The image: what the Dockerfile copies is whole (no file misses one that it imports), and holds nothing of tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copiedFiles, ignoredBy, productionModules } from './cluster/image-contents.ts';

const ROOT = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const ignored = ignoredBy(readFileSync(join(ROOT, '.dockerignore'), 'utf8'));
const copied = copiedFiles(dockerfile);

/** The project's files in the image, relative to its root. */
function imageFiles(): Set<string> {
  const sources = copied.filter(({ stage }) => stage === undefined).map(({ from }) => from);
  const all = sources.flatMap((from) =>
    statSync(join(ROOT, from)).isDirectory() ? globSync(`${from}/**/*`, { cwd: ROOT }) : [from],
  );
  return new Set(all.filter((path) => statSync(join(ROOT, path)).isFile() && !ignored(path)));
}

/** What a file imports at run time, and the files beside it that it opens by `new URL('…', import.meta.url)`. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/^import type .*?;$/gms, '');
  const words = text.matchAll(
    /(?:^(?:import|export)\s[^;'"`]*?from |^import |import\(|new URL\()'([^'\n]+)'(?:, import\.meta\.url)?/gm,
  );
  return [...words].map((match) => match[1]!);
}

describe('the image', () => {
  const files = imageFiles();
  const modules = new Set(productionModules().map((path) => path.replace('node_modules/', '')));

  it('copies all rooms of the program', () => {
    const architecture = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');
    const rooms = [...architecture.matchAll(/^\| `([a-z]+)\/` \|/gm)].map((match) => match[1]!);
    expect(rooms).toHaveLength(7);
    expect(copied.map(({ from }) => from)).toEqual(expect.arrayContaining(rooms));
  });

  it('holds every file that one of its files imports', () => {
    const missing: string[] = [];
    let seen = 0;
    for (const path of files) {
      if (!/\.[jt]s$/.test(path)) continue;
      for (const name of importsOf(path)) {
        if (!name.startsWith('.') && !/\.[a-z]+$/.test(name)) continue;
        const target = relative(ROOT, join(ROOT, dirname(path), name));
        seen++;
        if (!files.has(target) && !existsSync(join(ROOT, 'node_modules', name))) missing.push(`${path}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
    expect(seen).toBeGreaterThan(1000);
  });

  it('holds every package that one of its files imports', () => {
    const missing: string[] = [];
    const found = new Set<string>();
    for (const path of files) {
      if (!path.endsWith('.ts')) continue;
      for (const name of importsOf(path)) {
        if (/^[./]|^node:/.test(name)) continue;
        const pack = name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/');
        if (modules.has(pack)) found.add(pack);
        else if (!files.has(join(dirname(path), name))) missing.push(`${path}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
    expect([...found]).toEqual(
      expect.arrayContaining(['koa', 'ioredis', '@duckdb/node-api', '@kubernetes/client-node']),
    );
  });

  it('holds no tests and nothing for development', () => {
    const tests = [...files].filter((path) => /\.test\.ts$|\/testing[./]|\/suites?[./]/.test(path));
    expect(tests).toEqual([]);
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    // What a package of the program depends on as well is there for that one.
    const types = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
    expect(types.filter((name) => modules.has(name))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  it('has the Node that the project has', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(/^ARG NODE_VERSION=(.*)$/m.exec(dockerfile)?.[1]).toBe(dependencies['node']);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(new Set(bases)).toEqual(new Set(['node:${NODE_VERSION}-bookworm-slim']));
  });

  it('runs as nobody in particular, gets signals, and fetches no scripts', () => {
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["tini", "--", "node", .*"cli\/main\.ts"\]$/m);
    expect(dockerfile).not.toMatch(/curl|wget|^ADD /m);
    expect(dockerfile).not.toMatch(/:latest/);
  });

  it('starts the server with the flags of the launcher', () => {
    const launcher = readFileSync(join(ROOT, 'cli', 'headgate.js'), 'utf8');
    const flags = /SERVER_FLAGS = \[(.*)\]/.exec(launcher)![1]!.replaceAll("'", '"');
    expect(dockerfile).toContain(`"node", ${flags}, "cli/main.ts"`);
  });
});

describe('.dockerignore', () => {
  it.each([
    ['cli/main.ts', false],
    ['package.json', false],
    ['charts/image/slim.sh', false],
    ['charts/headgate/values.yaml', true],
    ['README.md', true],
    ['.git/config', true],
    ['node_modules/koa/package.json', true],
    ['api/server.test.ts', true],
    ['api/testing/client.ts', true],
    ['store/suites/runs.ts', true],
    ['crds/headgate.dev_pipelines.yaml', true],
    ['runner/connectors/manifests/stripe.yaml', false],
  ])('%s: left out: %s', (path, out) => {
    expect(ignored(path)).toBe(out);
  });
});

describe('slim.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-slim-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves what runs, and licences', () => {
    const files = ['yaml/dist/doc/a.js', 'yaml/package.json', 'yaml/LICENSE.md', '@a/b/index.js'];
    const waste = ['yaml/README.md', 'yaml/dist/a.d.ts', 'yaml/dist/a.js.map', '@a/b/test/x.js', 'node/bin/node'];
    for (const file of [...files, ...waste, 'a/node_modules/b/docs/x.js', '@types/koa/index.js']) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), 'x');
    }
    execFileSync('sh', [join(ROOT, 'charts', 'image', 'slim.sh'), folder]);
    const left = globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
    expect(left.toSorted()).toEqual(files.toSorted());
  });
});
