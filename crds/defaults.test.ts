import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Kind } from '../foundation/ids.ts';
import { withDefaults, withoutDefaults } from './defaults.ts';
import { KINDS, type PipelineSpec, type Resource, type SpecOf } from './index.ts';
import { normalizePipeline } from './normalize.ts';
import { validateDocument } from './validate.ts';

const root = join(import.meta.dirname, '..');
const kinds = Object.keys(KINDS) as Kind[];

/** Every resource that the project shows, and every manifest that it ships. */
async function shownResources(): Promise<Resource[]> {
  const found = kinds.map((kind) => parse(KINDS[kind].example) as unknown);
  for await (const path of glob('examples/**/*.yaml', { cwd: root })) {
    found.push(
      ...parseAllDocuments(await readFile(join(root, path), 'utf8')).map((document) => document.toJS() as unknown),
    );
  }
  for await (const path of glob('runner/connectors/manifests/*.yaml', { cwd: root })) {
    const text = await readFile(join(root, path), 'utf8');
    const manifest = parse(text) as { spec?: unknown };
    found.push({
      apiVersion: 'headgate.dev/v1alpha1',
      kind: 'Connector',
      metadata: { name: 'shipped' },
      spec: manifest.spec ?? manifest,
    });
  }
  return found.flatMap((document) => {
    const validated = validateDocument(document);
    return validated.ok ? [validated.resource] : [];
  });
}

const all = await shownResources();

describe('defaults', () => {
  it('are looked at in resources of every kind', () => {
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(kinds));
    expect(all.filter(({ kind }) => kind === 'Connector').length).toBeGreaterThan(5);
    expect(all.filter(({ kind }) => kind === 'Pipeline').length).toBeGreaterThan(8);
  });

  it.each(all.map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource] as const))(
    'filled in, %s is as valid as it was, and left out again it is the same declaration',
    (_, resource) => {
      const { kind, spec } = resource;
      const filled = withDefaults(kind, spec);
      const validated = validateDocument({ ...resource, spec: filled });
      expect(validated).toMatchObject({ ok: true });
      expect(withDefaults(kind, filled)).toEqual(filled);
      expect(withoutDefaults(kind, filled)).toEqual(withoutDefaults(kind, spec));
      expect(withoutDefaults(kind, withoutDefaults(kind, spec))).toEqual(withoutDefaults(kind, spec));
      expect(withDefaults(kind, withoutDefaults(kind, spec))).toEqual(filled);
      if (kind === 'Pipeline') {
        const { transforms, ...meant } = normalizePipeline(filled as PipelineSpec);
        // Of a transform the normal form keeps what was written; the runner fills in the same values.
        expect(meant).toEqual({ ...normalizePipeline(spec as PipelineSpec), transforms: undefined });
        expect(transforms.map((step) => Object.keys(step))).toEqual(
          normalizePipeline(spec as PipelineSpec).transforms.map((step) => Object.keys(step)),
        );
      }
    },
  );

  it('change nothing of what a pipeline with every part means', () => {
    const spec: SpecOf<'Pipeline'> = {
      schedule: { cron: '0 * * * *' },
      source: { connection: 'shop', incremental: { cursor: 'id' } },
      transforms: [{ flatten: {} }, { dedupe: { key: ['id'] } }],
      destination: { connector: 'file', settings: { path: 'a.csv' } },
      batch: {},
      delivery: {},
      retry: { initial: '2s' },
      limits: {},
      history: {},
      runner: { resources: { limits: { memory: '1Gi' } } },
    };
    const filled = withDefaults('Pipeline', spec);
    expect(filled).toMatchObject({
      enabled: true,
      // A text or a structure: Kubernetes has no schema for it, so nothing is filled in.
      schedule: { cron: '0 * * * *' },
      transforms: [{ flatten: { separator: '_', depth: 10 } }, { dedupe: { key: ['id'], keep: 'latest' } }],
      batch: { size: 100, interval: '1s' },
      retry: { initial: '2s', max: '5m', attempts: 5, jitter: true },
      runner: { replicas: 1 },
    });
    expect(filled.schedule).toEqual(spec.schedule);
    expect(filled.destination).toEqual(spec.destination);
    expect(withoutDefaults('Pipeline', filled)).toEqual(spec);
    const { transforms: before, ...meant } = normalizePipeline(spec);
    const { transforms: after, ...same } = normalizePipeline(filled);
    expect(same).toEqual(meant);
    expect(after.map((transform) => Object.keys(transform))).toEqual(before.map((transform) => Object.keys(transform)));
  });

  it('give every pipeline the field that is scaled, and keep a value of an author', () => {
    const spec = { source: { connection: 'a' }, destination: { connection: 'b' } };
    expect(withDefaults('Pipeline', spec).runner).toEqual({ replicas: 1 });
    expect(withoutDefaults('Pipeline', { ...spec, runner: { replicas: 1 } })).toEqual(spec);
    expect(withoutDefaults('Pipeline', { ...spec, runner: { replicas: 2 } }).runner).toEqual({ replicas: 2 });
    expect(withoutDefaults('Pipeline', { ...spec, enabled: false }).enabled).toBe(false);
  });

  it('that an author chose are spared on demand', () => {
    const spec = {
      source: { connection: 'a' },
      destination: { connection: 'b' },
      retry: { attempts: 5, jitter: true },
    };
    const isChosen = (path: readonly string[]): boolean => path.join('.') === 'retry.attempts';
    expect(withoutDefaults('Pipeline', spec, isChosen).retry).toEqual({ attempts: 5 });
  });

  it('leave the given spec as it was', () => {
    const spec = Object.freeze({ connector: 'postgres', settings: Object.freeze({ enabled: true }) });
    expect(withDefaults('Connection', spec)).toEqual({ ...spec, enabled: true });
    expect(withoutDefaults('Connection', { ...spec, enabled: true })).toEqual(spec);
  });
});
