/** Who may import whom. The rules stand in docs/architecture.md. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** From top to bottom: each may import those after it. */
const LAYERS = ['cli', 'api', 'controller', 'runner', 'store', 'crds', 'foundation'];
/** Beside the layers; they may import all of them, and are imported by none. */
const BESIDE = ['test', 'bench', 'examples'];
/** The SDKs and what generates them: nothing of the layers comes in, and only `npm run gen` looks into it. */
const SDK = 'sdk';
// Static imports and exports, which may say that only types are meant, and dynamic ones.
const STATEMENT =
  /(?:^|\n)(?:import|export) (?<type>type )?(?:[^'";]*? from )?'(?<name>[^']+)'|\bimport\('(?<dynamic>[^']+)'\)/g;

interface Import {
  readonly from: string;
  /** Path from the root of the project, or the name of a package. */
  readonly to: string;
  /** Whether it is resolved when the importing file is loaded: not for types, and not for `import()`. */
  readonly atLoad: boolean;
}

const files = globSync(
  [...LAYERS, ...BESIDE, SDK].map((folder) => `${folder}/**/*.ts`),
  { cwd: ROOT, exclude: ['**/node_modules/**', 'sdk/*/dist/**'] },
).sort();
const imports: readonly Import[] = files.flatMap((from) =>
  [...readFileSync(join(ROOT, from), 'utf8').matchAll(STATEMENT)].map(({ groups }) => {
    const specifier = groups!['name'] ?? groups!['dynamic']!;
    const to = specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;
    return { from, to, atLoad: groups!['name'] !== undefined && groups!['type'] === undefined };
  }),
);
const inside = imports.filter(({ to }) => to.endsWith('.ts'));

const layerOf = (path: string): string => path.split('/')[0]!;

/** Tests, and what only tests use: suites that several implementations share, cases, set-ups. */
function isForTests(path: string): boolean {
  return layerOf(path) === 'test' || /(\.test\.ts|(^|\/)(testing|suites?|malformed|temporary)(\.ts|\/.*))$/.test(path);
}

const shown = ({ from, to }: Import): string => `${from} → ${to}`;

describe('imports', () => {
  it('are found in every layer', () => {
    expect(inside.length).toBeGreaterThan(1000);
    for (const layer of LAYERS.slice(0, -1)) {
      expect(inside.filter(({ from, to }) => layerOf(from) === layer && layerOf(to) === 'foundation')).not.toEqual([]);
    }
  });

  it('point downwards only', () => {
    const upwards = inside.filter(({ from, to }) => {
      const [user, used] = [LAYERS.indexOf(layerOf(from)), LAYERS.indexOf(layerOf(to))];
      if (user < 0 || (from === 'cli/gen.ts' && to.startsWith('sdk/gen/'))) return false;
      return used < 0 ? !isForTests(from) : used < user && !isForTests(from);
    });
    expect(upwards.map(shown)).toEqual([]);
  });

  it('of the SDKs stay among themselves, without any package', () => {
    const outside = imports.filter(
      ({ from, to }) => layerOf(from) === SDK && !isForTests(from) && (!to.endsWith('.ts') || layerOf(to) !== SDK),
    );
    expect(outside.map(shown)).toEqual([]);
  });

  it('of what only tests use come from tests only', () => {
    const found = inside.filter(
      ({ from, to }) => isForTests(to) && !isForTests(from) && !['bench', 'examples'].includes(layerOf(from)),
    );
    expect(found.map(shown)).toEqual([]);
  });

  it('of packages are declared in package.json, and not for development only', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const packages = imports.filter(({ to }) => !to.startsWith('node:') && !/\.(ts|js|json)$/.test(to));
    const nameOf = (to: string): string => to.split('/', to.startsWith('@') ? 2 : 1).join('/');
    const undeclared = packages.filter(({ from, to }) => {
      const name = nameOf(to);
      if (name in manifest.dependencies) return false;
      const types = `@types/${name}`;
      return !(
        (isForTests(from) || layerOf(from) === 'bench') &&
        (name in manifest.devDependencies || types in manifest.devDependencies)
      );
    });
    expect(undeclared.map(shown)).toEqual([]);
  });

  it('that load files go in no circle', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, atLoad } of inside) if (atLoad) graph.set(from, [...(graph.get(from) ?? []), to]);
    expect(circles(graph)).toEqual([]);
  });
});

/** Every set of two or more files that reach each other (Tarjan's strongly connected components). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || graph.get(file)?.includes(file)) found.push(circle.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
