import { describe, expect } from 'vitest';
import { declarationHash } from '../../plan/plan.ts';
import {
  READY,
  SPEC,
  applied,
  casesOf,
  resourcesForEachTest,
  wordsOf,
  type NewResources,
  type SuiteOptions,
} from './fixture.ts';

/** What is written beside the declaration: live annotations and status. */
export function liveSuite(fresh: NewResources, options: SuiteOptions): void {
  const { pipeline, ref, ORDERS } = wordsOf(options);
  const test = casesOf(options);

  describe('live annotations', () => {
    const under = resourcesForEachTest(fresh);

    test('stand over the declared ones, survive applies, and can be removed', async () => {
      await under.resources.apply([applied(pipeline('orders', { annotations: { a: 'declared', b: 'declared' } }))]);
      const annotated = (await under.resources.annotate(ORDERS, { a: 'live', paused: 'true' }))!;
      expect(annotated.resource.metadata.annotations).toEqual({ a: 'live', b: 'declared', paused: 'true' });
      expect(annotated).toMatchObject({ generation: 1, revision: 'r1' });

      await under.resources.apply([applied(pipeline('orders', { annotations: { b: 'new' } }), 'r2')]);
      const merged = (await under.resources.get(ORDERS))!;
      expect(merged.resource.metadata.annotations).toEqual({ a: 'live', b: 'new', paused: 'true' });

      await under.resources.annotate(ORDERS, { a: null, paused: null, b: null, never: null });
      expect((await under.resources.get(ORDERS))!.resource.metadata.annotations).toEqual({ b: 'new' });
    });

    test('are no part of the declaration', async () => {
      const declared = pipeline('orders', { annotations: { a: 'declared' } });
      await under.resources.apply([applied(declared)]);
      await under.resources.annotate(ORDERS, { a: 'live' });
      expect(await under.resources.index()).toMatchObject([{ hash: declarationHash(declared) }]);
      await under.resources.apply([applied(declared, 'r2')]);
      expect(await under.resources.get(ORDERS)).toMatchObject({ revision: 'r1' });
    });

    test('of no resource are null, and too large ones are refused', async () => {
      expect(await under.resources.annotate(ORDERS, { a: 'b' })).toBeNull();
      await under.resources.apply([applied(pipeline('orders'))]);
      await expect(under.resources.annotate(ORDERS, { a: 'x'.repeat(300_000) })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      expect((await under.resources.get(ORDERS))!.resource).toEqual(pipeline('orders'));
    });
  });

  describe('status', () => {
    const under = resourcesForEachTest(fresh);

    test('is replaced as a whole, apart from the declaration', async () => {
      await under.resources.apply([applied(pipeline('orders'))]);
      const before = (await under.resources.get(ORDERS))!;
      await under.resources.updateStatus(ORDERS, READY);
      const after = (await under.resources.get(ORDERS))!;
      expect(after.status).toEqual(READY);
      expect(after.generation).toBe(1);
      expect(after.resourceVersion).not.toBe(before.resourceVersion);
      await under.resources.updateStatus(ORDERS, READY);
      expect(await under.resources.get(ORDERS)).toEqual(after);
      await under.resources.updateStatus(ORDERS, { phase: 'paused' });
      expect((await under.resources.get(ORDERS))!.status).toEqual({ phase: 'paused' });
      await under.resources.apply([applied(pipeline('orders', {}, { ...SPEC, enabled: false }), 'r2')]);
      expect((await under.resources.get(ORDERS))!.status).toEqual({ phase: 'paused' });
    });

    test('of nothing is dropped; many at once are all written', async () => {
      await under.resources.updateStatus(ORDERS, READY);
      expect(await under.resources.get(ORDERS)).toBeNull();
      const names = Array.from({ length: 200 }, (_, n) => `p${n}`);
      await under.resources.apply(names.map((each) => applied(pipeline(each))));
      await Promise.all(
        names.map((each, n) => under.resources.updateStatus(ref('Pipeline', each), { observedGeneration: n })),
      );
      for (const [n, each] of names.entries()) {
        expect((await under.resources.get(ref('Pipeline', each)))!.status).toEqual({ observedGeneration: n });
      }
    });
  });
}
