import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { API_VERSION, type PipelineSpec, type Resource } from '../../crds/index.ts';
import { refKey } from '../../foundation/ids.ts';
import { refOf } from '../../crds/index.ts';
import { changedPaths } from './paths.ts';
import { declarationHash, plan, type Declared, type Observed } from './plan.ts';

const SPEC: PipelineSpec = {
  source: { connector: 'file', settings: { path: 'a.csv' } },
  destination: { connector: 'file', settings: { path: 'a.parquet' } },
};

function pipeline(name: string, spec: Partial<PipelineSpec> = {}, annotations?: Record<string, string>): Resource {
  return {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
    spec: { ...SPEC, ...spec },
  };
}

function connection(name: string): Resource {
  return {
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { name, namespace: 'default' },
    spec: { connector: 'file' },
  };
}

const declared = (resource: Resource): Declared => ({
  key: refKey(refOf(resource)),
  hash: declarationHash(resource),
  at: 'p.yaml:1',
  content: resource,
});
const observed = (resource: Resource): Observed => declared(resource);

function planOf(wanted: Resource[], live: Resource[], more: Partial<Parameters<typeof plan>[0]> = {}) {
  return plan({
    revision: 'r',
    declared: wanted.map(declared),
    observed: live.map(observed),
    errors: [],
    prune: true,
    ...more,
  });
}

describe('plan', () => {
  it('creates, updates and deletes, in an order that references survive', () => {
    const made = planOf(
      [pipeline('new'), connection('c'), pipeline('changed', { schedule: '0 * * * *' }), pipeline('same')],
      [pipeline('changed'), pipeline('same'), pipeline('old'), connection('gone')],
    );
    expect(made.changes.map(({ action, resource, effect, paths }) => [action, resource, effect, paths])).toEqual([
      ['create', 'Connection/default/c', 'live', []],
      ['update', 'Pipeline/default/changed', 'live', ['spec.schedule']],
      ['create', 'Pipeline/default/new', 'live', []],
      ['delete', 'Pipeline/default/old', 'destructive', []],
      ['delete', 'Connection/default/gone', 'destructive', []],
    ]);
  });

  const effects: [string, Partial<PipelineSpec>, string, string[]][] = [
    ['a description', { description: 'x' }, 'live', ['spec.description']],
    ['a pause', { enabled: false }, 'live', ['spec.enabled']],
    [
      'a schedule with a time zone',
      { schedule: { cron: '0 0 * * *', timeZone: 'Europe/Berlin' } },
      'live',
      ['spec.schedule'],
    ],
    [
      'a setting',
      { source: { connector: 'file', settings: { path: 'b.csv' } } },
      'restart',
      ['spec.source.settings.path'],
    ],
    ['a transform', { transforms: [{ limit: 1 }] }, 'restart', ['spec.transforms']],
  ];
  it.each(effects)('%s has its effect and its path', (_, spec, effect, paths) => {
    const [change] = planOf([pipeline('p', spec)], [pipeline('p')]).changes;
    expect([change?.effect, change?.paths]).toEqual([effect, paths]);
  });

  it('deletes nothing while there are errors, and still applies the rest (invariant 4)', () => {
    const made = planOf([pipeline('new')], [pipeline('old')], { errors: [{ code: 'invalid_yaml', message: 'x' }] });
    expect(made.changes.map((change) => change.action)).toEqual(['create']);
  });

  it('deletes nothing without prune', () => {
    expect(planOf([], [pipeline('old')], { prune: false }).changes).toEqual([]);
  });

  it.each([
    [5, 5, false],
    [6, 6, true],
    [6, 12, false],
    [7, 12, true],
  ])('deleting %i of %i waits for consent: %s', (deletes, inventory, blocked) => {
    const live = Array.from({ length: inventory }, (_, index) => pipeline(`p${index}`));
    expect(planOf(live.slice(deletes), live).blocked !== null).toBe(blocked);
  });

  it("does not see an operator's pause as a difference", () => {
    const live = pipeline('p', {}, { 'headgate.dev/paused': 'true' });
    expect(planOf([pipeline('p')], [live]).changes).toEqual([]);
  });

  it('has a hash that depends on the content and not on the order or the place', () => {
    const a = planOf([pipeline('a'), pipeline('b')], []);
    const b = plan({
      revision: 'other',
      declared: [pipeline('b'), pipeline('a')].map(declared).map((entry) => ({ ...entry, at: 'elsewhere.yaml:9' })),
      observed: [],
      errors: [],
      prune: true,
    });
    expect(b.hash).toBe(a.hash);
    expect(planOf([pipeline('a'), pipeline('b', { schedule: '0 * * * *' })], []).hash).not.toBe(a.hash);
  });

  it('is empty after what it says was applied', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
    const spec = fc.record({ schedule: fc.constantFrom('0 * * * *', '0 0 * * *') });
    fc.assert(
      fc.property(names, names, spec, spec, (before, after, old, next) => {
        const live = new Map(before.map((name) => [`Pipeline/default/${name}`, pipeline(name, old)]));
        const wanted = after.map((name) => pipeline(name, next));
        for (const change of planOf(wanted, [...live.values()]).changes) {
          if (change.action === 'delete') live.delete(change.resource);
          else
            live.set(
              change.resource,
              wanted.find((resource) => refKey(refOf(resource)) === change.resource)!,
            );
        }
        expect(planOf(wanted, [...live.values()]).changes).toEqual([]);
      }),
    );
  });
});

describe('changedPaths', () => {
  it.each<[unknown, unknown, string[]]>([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ['a']],
    [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 3 }] } }, ['a.b[1].c']],
    [{ a: [1] }, { a: [1, 2] }, ['a']],
    [{ a: null }, { a: {} }, ['a']],
    [{ a: 1 }, { b: 1 }, ['a', 'b']],
  ])('%j → %j', (before, after, paths) => {
    expect(changedPaths(before, after)).toEqual(paths);
  });

  it('is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]));
    const paths = changedPaths({}, many);
    expect(paths).toHaveLength(101);
    expect(paths[100]).toBe('… and 400 more');
  });
});
