import { describe, expect, test } from 'vitest';
import { PAUSED_ANNOTATION } from '../../../crds/index.ts';
import type { PipelineSummary } from '../../ports.ts';
import {
  ORDERS,
  READY,
  SPEC,
  applied,
  deleted,
  pipeline,
  ref,
  resourcesForEachTest,
  type NewResources,
} from './fixture.ts';

const PLAIN: Omit<PipelineSummary, 'key' | 'id' | 'deleted'> = {
  phase: null,
  paused: false,
  enabled: true,
  title: null,
  description: 'Orders',
  domain: null,
};

/** The inventory of pipelines with what lists are filtered by. */
export function factsSuite(fresh: NewResources): void {
  describe('pipeline index', () => {
    const under = resourcesForEachTest(fresh);
    const facts = async (): Promise<object | undefined> => (await under.resources.pipelineIndex())[0];

    test('is the index of pipelines, ordered by key', async () => {
      const { resources } = under;
      await resources.apply([
        applied(pipeline('m', { namespace: 'a' })),
        applied(pipeline('m', { namespace: 'a-b' }), 'r1', { repositoryId: null, file: null, line: null }),
        applied(pipeline('z')),
        applied({ ...pipeline('shop'), kind: 'Connection', spec: { connector: 'file', title: 'no pipeline' } }),
        deleted(ref('Pipeline', 'z')),
      ]);
      for (const namespace of [undefined, 'a', 'none']) {
        const index = await resources.index({ kind: 'Pipeline', ...(namespace === undefined ? {} : { namespace }) });
        const expected = index.map(({ key, id, deleted: gone }) => ({ key, id, deleted: gone, ...PLAIN }));
        expect(await resources.pipelineIndex(namespace)).toEqual(expected);
      }
    });

    test('tells title, description, domain and `enabled` as they are declared now', async () => {
      const spec = { ...SPEC, title: 'Größe 注文', enabled: false };
      const labels = { 'headgate.dev/domain': 'commerce', other: 'x' };
      await under.resources.apply([applied(pipeline('orders', { labels }, spec))]);
      expect(await facts()).toMatchObject({ title: 'Größe 注文', enabled: false, domain: 'commerce' });
      const { description: _, ...bare } = SPEC;
      await under.resources.apply([applied(pipeline('orders', {}, { ...bare, enabled: true }), 'r2')]);
      expect(await facts()).toMatchObject({ ...PLAIN, description: null });
    });

    test('follows the phase, and pauses by either annotation, of which the live one wins', async () => {
      const { resources } = under;
      await resources.apply([applied(pipeline('orders', { annotations: { [PAUSED_ANNOTATION]: 'true' } }))]);
      await resources.updateStatus(ORDERS, { ...READY, phase: 'error' });
      expect(await facts()).toMatchObject({ phase: 'error', paused: true });
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: 'false' });
      expect(await facts()).toMatchObject({ paused: false });
      await resources.apply([applied(pipeline('orders', {}, { ...SPEC, enabled: true }), 'r2')]);
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: null });
      expect(await facts()).toMatchObject({ paused: false });
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: 'true' });
      expect(await facts()).toMatchObject({ phase: 'error', paused: true });
    });
  });
}
