/** The definitions as a real API server takes them: what it says of them, what it stores, and what kubectl prints. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Kind } from '../../foundation/ids.ts';
import { sleep } from '../../foundation/time.ts';
import { CRD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { KubeObject, NewObject } from '../../controller/kubernetes/types.ts';
import { kubectl, tryKubectl } from '../../test/cluster/kubectl.ts';
import { API_VERSION, type PrinterColumn } from '../common.ts';
import { withDefaults, withoutDefaults } from '../defaults.ts';
import { KINDS, type SpecOf } from '../index.ts';
import { validateDocument } from '../validate.ts';
import { toJsonSchema, type JsonSchema } from './json-schema.ts';

const kinds = Object.keys(KINDS) as Kind[];
const cluster = testCluster();
let space: TestNamespace;
beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

const create = (kind: Kind, name: string, spec: unknown): Promise<KubeObject> =>
  cluster.create(typeOf(kind), { apiVersion: API_VERSION, kind, metadata: { name, namespace: space.name }, spec });

const status = (kind: Kind, name: string, value: unknown): Promise<KubeObject> =>
  cluster.patch(
    typeOf(kind),
    { namespace: space.name, name },
    { status: value },
    { manager: 'test', subresource: 'status' },
  );

/** What the API server publishes of a new definition comes some seconds later. */
async function explained(path: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const { code, out, err } = await tryKubectl(['explain', path]);
    if (code === 0) return out;
    if (tries === 60) throw new Error(`kubectl explain ${path}: ${err}`);
    await sleep(500);
  }
}

const get = (...args: readonly string[]): Promise<string> => kubectl(['get', '-n', space.name, ...args]);

describe.each(kinds)('the definition of %s', (kind) => {
  it('is established, structural, and its names are accepted', async () => {
    const crd = await cluster.get(CRD, { name: `${KINDS[kind].plural}.headgate.dev` });
    const { conditions } = crd['status'] as { conditions: { type: string; status: string }[] };
    const is = new Map(conditions.map((condition) => [condition.type, condition.status]));
    expect(is.get('Established')).toBe('True');
    expect(is.get('NamesAccepted')).toBe('True');
    expect(is.has('NonStructuralSchema')).toBe(false);
  });

  it('takes the example, and fills in what `withDefaults` fills in', async () => {
    const example = parse(KINDS[kind].example) as NewObject & { readonly spec: SpecOf<Kind> };
    const stored = await create(kind, `example-${kind.toLowerCase()}`, example.spec);
    expect(stored['spec']).toEqual(withDefaults(kind, example.spec));
    expect(withoutDefaults(kind, stored['spec'] as SpecOf<Kind>)).toEqual(withoutDefaults(kind, example.spec));
    // What kubectl prints can be committed as it is.
    const printed = parse(await get(KINDS[kind].plural, stored.metadata.name, '-o', 'yaml')) as unknown;
    expect(validateDocument(printed)).toMatchObject({ ok: true });
  });

  it('explains every field', async () => {
    const undescribed: string[] = [];
    for (const path of ['', '.spec', '.status']) {
      const text = await explained(`${KINDS[kind].plural}${path}`);
      expect(text).toContain('DESCRIPTION:');
      // As kubectl up to 1.26 says it, and later ones.
      if (/<empty>|<no description>/.test(text)) undescribed.push(path);
    }
    expect(undescribed).toEqual([]);
  });

  it('is found under its short names and in the category', async () => {
    for (const name of [...KINDS[kind].shortNames, kind.toLowerCase(), 'headgate']) {
      expect(await get(name, '-o', 'name')).toContain(`example-${kind.toLowerCase()}`);
    }
  });

  it('has its columns', async () => {
    const header = (line: string): string[] => line.trim().split(/ {2,}|\t/);
    const names = (wide: boolean): string[] =>
      KINDS[kind].columns
        .filter(({ priority = 0 }: PrinterColumn) => wide || priority === 0)
        .map(({ name }) => name.toUpperCase());
    const [narrow = ''] = (await get(KINDS[kind].plural)).split('\n');
    const [wide = ''] = (await get(KINDS[kind].plural, '-o', 'wide')).split('\n');
    expect(header(narrow)).toEqual(['NAME', ...names(false)]);
    expect(header(wide)).toEqual(['NAME', ...names(true)]);
  });

  it('fills nothing else in: every default of the schema is one that the API server gives', async () => {
    const spec = { ...(minimal(toJsonSchema(KINDS[kind].spec)) as object), ...NEEDED[kind] } as SpecOf<Kind>;
    const stored = await create(kind, `minimal-${kind.toLowerCase()}`, spec);
    expect(stored['spec']).toEqual(withDefaults(kind, spec));
  });
});

/** What the rules ask for beyond the schema. */
const NEEDED: Partial<Record<Kind, object>> = {
  Pipeline: { source: { connection: 'x' }, destination: { connection: 'x' } },
  Connector: { actions: [{ name: 'x', path: 'x' }] },
};

/** The least that a schema takes, with every optional object empty where that is allowed. */
function minimal(schema: JsonSchema): unknown {
  if (schema.anyOf !== undefined || schema.type === undefined) return 'x';
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'object': {
      if (schema['x-kubernetes-preserve-unknown-fields'] === true || schema.properties === undefined) return {};
      const members = Object.entries(schema.properties).filter(([name, member]) => {
        const isEmpty =
          member.type === 'object' && member.required === undefined && member['minProperties'] === undefined;
        return schema.required?.includes(name) === true || isEmpty;
      });
      return Object.fromEntries(members.map(([name, member]) => [name, minimal(member)]));
    }
    case 'array':
      return [minimal(schema.items!)];
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 1;
    case 'boolean':
      return true;
    default:
      return 'x';
  }
}

describe('a pipeline', () => {
  const spec = { source: { connection: 'a' }, destination: { connection: 'b' } };

  it('shows its state in columns', async () => {
    await create('Pipeline', 'hourly', { ...spec, schedule: '0 * * * *' });
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await status('Pipeline', 'hourly', {
      phase: 'active',
      revision: 'abc123',
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Ready', message: 'x', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
      lastRun: { id: 'run_1', status: 'success', startedAt: minutesAgo(7), rowsLoaded: 42 },
      nextRunAt: '2099-01-01T00:00:00Z',
    });
    const narrow = await get('pl', 'hourly');
    expect(narrow).toMatch(/hourly +True +active +0 \* \* \* \* +7m\w* +2099-01-01T00:00:00Z +\d+s/);
    const wide = await get('pl', 'hourly', '-o', 'wide');
    expect(wide).toMatch(/Ready +success +42 +abc123/);
    await kubectl(['wait', '--for=condition=Ready', 'pipeline/hourly', '-n', space.name, '--timeout=10s']);
  });

  it('is scaled', async () => {
    const { spec: stored } = (await create('Pipeline', 'scaled', spec)) as unknown as { spec: SpecOf<'Pipeline'> };
    expect(stored.runner).toEqual({ replicas: 1 });
    await kubectl(['scale', 'pipeline/scaled', '--replicas=3', '-n', space.name]);
    const scaled = await cluster.get(typeOf('Pipeline'), { namespace: space.name, name: 'scaled' });
    expect((scaled['spec'] as SpecOf<'Pipeline'>).runner).toEqual({ replicas: 3 });
    expect(scaled.metadata.generation).toBe(2);
    await status('Pipeline', 'scaled', { replicas: 2, selector: 'headgate.dev/pipeline-id=pl_x' });
    const path = `/apis/${API_VERSION}/namespaces/${space.name}/pipelines/scaled/scale`;
    expect(await cluster.raw(path)).toMatchObject({
      spec: { replicas: 3 },
      status: { replicas: 2, selector: 'headgate.dev/pipeline-id=pl_x' },
    });
  });

  it('is refused where its schema is broken', async () => {
    const broken: readonly (readonly [string, object])[] = [
      ['retry', { ...spec, retry: { attempts: 0 } }],
      ['timeout', { ...spec, limits: { timeout: 'soon' } }],
      ['mode', { ...spec, destination: { connection: 'b', mode: 'replace' } }],
      ['connection', { ...spec, source: { connection: 'Not_A_Name' } }],
    ];
    for (const [field, wrong] of broken) {
      const document = { apiVersion: API_VERSION, kind: 'Pipeline', metadata: { name: 'wrong' }, spec: wrong };
      const { code, err } = await tryKubectl(['create', '-n', space.name, '-f', '-'], JSON.stringify(document));
      expect([code, err.includes(field)]).toEqual([1, true]);
    }
  });
});

describe('a run', () => {
  it('is waited for with kubectl', async () => {
    await create('Run', 'waited', { pipeline: 'a' });
    const is = { type: 'Ready', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'Pending', message: 'x' };
    await status('Run', 'waited', { phase: 'pending', conditions: [{ ...is, status: 'Unknown' }] });
    const waiting = kubectl(['wait', '--for=condition=Ready', 'run/waited', '-n', space.name, '--timeout=30s']);
    await status('Run', 'waited', { phase: 'success', conditions: [{ ...is, status: 'True' }] });
    expect(await waiting).toContain('condition met');
  });
});
