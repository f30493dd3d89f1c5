/** What examples/argocd and examples/flux hand to Argo CD and Flux fits together, and fits the chart. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly path?: string;
    readonly sourceRef?: { readonly kind: string; readonly name: string };
    readonly source?: { readonly path: string; readonly helm?: { readonly valuesObject: object } };
    readonly chart?: {
      readonly spec: { readonly chart: string; readonly sourceRef: { readonly kind: string; readonly name: string } };
    };
    readonly values?: object;
    readonly wait?: boolean;
    readonly healthChecks?: readonly object[];
  };
}

const manifests = (path: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(ROOT, path), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const schema = JSON.parse(readFileSync(join(ROOT, 'charts/headgate/values.schema.json'), 'utf8')) as object;
const defaults = parse(readFileSync(join(ROOT, 'charts/headgate/values.yaml'), 'utf8')) as object;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

/** What is wrong with values once Helm has merged them over those of the chart; null: nothing. */
function issuesOf(values: object): unknown {
  validate(merged(defaults, values));
  return validate.errors ?? null;
}

function merged(under: object, over: object): object {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    const both = [before, value].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
    result[key] = both ? merged(before as object, value as object) : value;
  }
  return result;
}

describe('examples/flux', () => {
  const all = ['headgate.yaml', 'pipelines.yaml'].flatMap((file) => manifests(`examples/flux/${file}`));

  it('names sources that are declared', () => {
    const sources = all.filter(({ kind }) => kind === 'GitRepository').map(({ metadata }) => metadata.name);
    const refs = all.flatMap(({ spec }) =>
      [spec.sourceRef, spec.chart?.spec.sourceRef].filter((ref) => ref !== undefined),
    );
    expect(refs).toHaveLength(3);
    for (const ref of refs) expect(sources).toContain(ref.name);
  });

  it('waits, or checks health, and never says both', () => {
    const ways = all
      .filter(({ kind }) => kind === 'Kustomization')
      .map(({ spec }) => [spec.wait === true, (spec.healthChecks ?? []).length > 0]);
    expect(ways).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('gives the chart values that it knows', () => {
    const release = all.find(({ kind }) => kind === 'HelmRelease')!;
    expect(existsSync(join(ROOT, release.spec.chart!.spec.chart, 'Chart.yaml'))).toBe(true);
    expect(issuesOf(release.spec.values!)).toBeNull();
    expect(issuesOf({ image: { repo: 'typo' } })).not.toBeNull();
  });
});

describe('examples/argocd', () => {
  it('gives the chart values that it knows, and secrets that the chart does not make up', () => {
    const [headgate] = manifests('examples/argocd/applications.yaml');
    const { path, helm } = headgate!.spec.source!;
    expect(existsSync(join(ROOT, path, 'Chart.yaml'))).toBe(true);
    expect(issuesOf(helm!.valuesObject)).toBeNull();
    expect(helm!.valuesObject).toMatchObject({
      auth: { existingSecret: 'headgate-auth' },
      store: { existingSecret: 'headgate-store' },
      redis: { enabled: false },
    });
  });
});
