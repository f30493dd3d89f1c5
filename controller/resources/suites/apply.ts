import { describe, expect } from 'vitest';
import { type PipelineSpec } from '../../../crds/index.ts';
import { resourceId } from '../../../foundation/ids.ts';
import {
  ORIGIN,
  SPEC,
  applied,
  casesOf,
  deleted,
  resourcesForEachTest,
  wordsOf,
  type NewResources,
  type SuiteOptions,
} from './fixture.ts';

/** Declaring resources, changing and deleting them. */
export function applySuite(fresh: NewResources, options: SuiteOptions): void {
  const { pipeline, ref, ORDERS } = wordsOf(options);
  const test = casesOf(options);
  const { count, withinMs } = options.many ?? { count: 10_000, withinMs: 10_000 };

  describe('apply', () => {
    const under = resourcesForEachTest(fresh);

    test('a new resource has generation 1 and comes back as it was declared', async () => {
      const declared = pipeline('orders', { labels: { team: 'sales' }, annotations: { note: 'ünïcödé' } });
      await under.resources.apply([applied(declared)]);
      const stored = (await under.resources.get(ORDERS))!;
      expect(stored.resource).toEqual(declared);
      expect(stored).toMatchObject({
        id: resourceId(ORDERS),
        generation: 1,
        revision: 'r1',
        origin: ORIGIN,
        deletedAt: null,
        status: {},
      });
      expect(await under.resources.getById(stored.id)).toEqual(stored);
      expect(await under.resources.get(ref('Pipeline', 'other'))).toBeNull();
      expect(await under.resources.get(ref('Connection', 'orders'))).toBeNull();
      expect(await under.resources.getById('pl_none')).toBeNull();
    });

    test('a changed spec is a new generation of a new revision', async () => {
      await under.resources.apply([applied(pipeline('orders'))]);
      const before = (await under.resources.get(ORDERS))!;
      await under.resources.apply([applied(pipeline('orders', {}, { ...SPEC, enabled: false }), 'r2')]);
      const after = (await under.resources.get(ORDERS))!;
      expect(after).toMatchObject({ generation: 2, revision: 'r2', createdAt: before.createdAt });
      expect(after.resource.spec.enabled).toBe(false);
      expect(after.resourceVersion).not.toBe(before.resourceVersion);
    });

    test('changed labels or annotations are a new revision of the same generation', async () => {
      await under.resources.apply([applied(pipeline('orders', { labels: { a: '1' } }))]);
      await under.resources.apply([applied(pipeline('orders', { labels: { a: '2' } }), 'r2')]);
      expect(await under.resources.get(ORDERS)).toMatchObject({ generation: 1, revision: 'r2' });
      await under.resources.apply([applied(pipeline('orders', { annotations: { b: '1' } }), 'r3')]);
      const stored = (await under.resources.get(ORDERS))!;
      expect(stored).toMatchObject({ generation: 1, revision: 'r3' });
      expect(stored.resource).toEqual(pipeline('orders', { annotations: { b: '1' } }));
    });

    test('an equal resource keeps its revision and takes its new place, whatever the order of its fields', async () => {
      await under.resources.apply([applied(pipeline('orders', { labels: { a: '1', b: '2' } }))]);
      const reordered = Object.fromEntries(Object.entries(SPEC).toReversed()) as PipelineSpec;
      const moved = { ...ORIGIN, file: 'moved.yaml', line: 7 };
      await under.resources.apply([
        applied(pipeline('orders', { labels: { b: '2', a: '1' } }, reordered), 'r2', moved),
      ]);
      expect(await under.resources.get(ORDERS)).toMatchObject({ generation: 1, revision: 'r1', origin: moved });
    });

    test('an equal resource at the same place writes nothing', async () => {
      await under.resources.apply([applied(pipeline('orders', { labels: {} }))]);
      const before = await under.resources.get(ORDERS);
      await under.resources.apply([applied(pipeline('orders', { labels: {} }), 'r2')]);
      await under.resources.apply([applied(pipeline('orders'), 'r3')]);
      expect(await under.resources.get(ORDERS)).toEqual(before);
    });

    test(
      'many in one call',
      async () => {
        const many = Array.from({ length: count }, (_, n) => applied(pipeline(`p${n}`)));
        const start = performance.now();
        await under.resources.apply(many);
        expect(performance.now() - start).toBeLessThan(withinMs);
        const listed = await under.resources.list({ kind: 'Pipeline' });
        expect(listed).toHaveLength(count);
        expect(listed.every(({ resource }) => resource.spec.description === 'Orders')).toBe(true);
      },
      withinMs * 2,
    );
  });

  describe('deletion', () => {
    const under = resourcesForEachTest(fresh);

    test('a deleted resource that is held stays, marked, until it is removed', async () => {
      await under.resources.apply([applied(pipeline('orders'))]);
      const before = (await under.resources.get(ORDERS))!;
      await under.resources.hold(ORDERS);
      await under.resources.hold(ORDERS);
      await under.resources.hold(ref('Pipeline', 'none'));
      const held = (await under.resources.get(ORDERS))!;
      expect([held.resource, held.generation, held.revision]).toEqual([before.resource, 1, 'r1']);
      await under.resources.remove(ORDERS);
      expect(await under.resources.get(ORDERS)).not.toBeNull();
      await under.resources.apply([deleted(ORDERS), deleted(ref('Pipeline', 'none'))]);
      const marked = (await under.resources.get(ORDERS))!;
      expect(marked.deletedAt).toBeTypeOf('number');
      await under.resources.hold(ORDERS);
      await under.resources.apply([deleted(ORDERS)]);
      expect(await under.resources.get(ORDERS)).toEqual(marked);
      await under.resources.remove(ORDERS);
      expect(await under.resources.get(ORDERS)).toBeNull();
      await under.resources.remove(ORDERS);
      await under.resources.apply([applied(pipeline('orders'), 'r9')]);
      expect(await under.resources.get(ORDERS)).toMatchObject({ generation: 1, revision: 'r9', deletedAt: null });
    });

    test('one that is applied again while it is drained lives on as a new generation, and a late remove spares it', async () => {
      await under.resources.apply([applied(pipeline('orders'))]);
      await under.resources.hold(ORDERS);
      await under.resources.apply([deleted(ORDERS)]);
      await under.resources.apply([applied(pipeline('orders'), 'r2')]);
      expect(await under.resources.get(ORDERS)).toMatchObject({ generation: 2, revision: 'r2', deletedAt: null });
      await under.resources.remove(ORDERS);
      expect(await under.resources.get(ORDERS)).toMatchObject({ generation: 2 });
    });
  });
}
