import { describe, expect } from 'vitest';
import { PAUSED_ANNOTATION } from '../../../crds/index.ts';
import type { PipelineSummary } from '../../ports.ts';
import {
  READY,
  SPEC,
  applied,
  casesOf,
  deleted,
  resourcesForEachTest,
  wordsOf,
  type NewResources,
  type SuiteOptions,
} from './fixture.ts';

const PLAIN: Omit<PipelineSummary, 'key' | 'id' | 'deleted' | 'words'> = {
  phase: null,
  paused: false,
  enabled: true,
  domain: null,
};

/** The inventory of pipelines with what lists are filtered by. */
export function factsSuite(fresh: NewResources, options: SuiteOptions): void {
  const { pipeline, ref, ORDERS, space, plain } = wordsOf(options);
  const test = casesOf(options);

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
      ]);
      await resources.hold(ref('Pipeline', 'z'));
      await resources.apply([deleted(ref('Pipeline', 'z'))]);
      for (const namespace of [undefined, space('a'), 'none']) {
        const index = await resources.index({ kind: 'Pipeline', ...(namespace === undefined ? {} : { namespace }) });
        const expected = index.map(({ key, id, deleted: gone }) => {
          return { key, id, deleted: gone, ...PLAIN, words: `${key.split('/')[2]}\n\norders` };
        });
        expect(await resources.pipelineIndex(namespace)).toEqual(expected);
      }
    });

    test('tells title, description, domain and `enabled` as they are declared now', async () => {
      const spec = { ...SPEC, title: 'Größe 注文', enabled: false };
      const labels = { 'headgate.dev/domain': 'commerce', other: 'x' };
      await under.resources.apply([applied(pipeline('orders', { labels }, spec))]);
      expect(await facts()).toMatchObject({ words: 'orders\ngröße 注文\norders', enabled: false, domain: 'commerce' });
      const { description: _, ...bare } = SPEC;
      await under.resources.apply([applied(pipeline('orders', {}, { ...bare, enabled: true }), 'r2')]);
      expect(await facts()).toMatchObject({ ...PLAIN, words: 'orders\n\n' });
    });

    test('follows the phase, and pauses by either annotation, of which the live one wins', async () => {
      const { resources } = under;
      await resources.apply([applied(pipeline('orders', { annotations: { [PAUSED_ANNOTATION]: 'true' } }))]);
      await resources.updateStatus(ORDERS, { ...READY, phase: 'error' });
      expect(await facts()).toMatchObject({ phase: 'error', paused: true });
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: 'false' });
      expect(await facts()).toMatchObject({ paused: false });
      await resources.apply([applied(pipeline('orders', {}, { ...SPEC, title: 'Orders' }), 'r2')]);
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: null });
      expect(await facts()).toMatchObject({ paused: false });
      await resources.annotate(ORDERS, { [PAUSED_ANNOTATION]: 'true' });
      expect(await facts()).toMatchObject({ phase: 'error', paused: true });
    });

    test('tells of what was added, removed and made again between two calls', async () => {
      const { resources } = under;
      const keys = async (): Promise<string[]> =>
        (await resources.pipelineIndex()).map(({ key }) => plain(key.slice('Pipeline/'.length)));
      expect(await keys()).toEqual([]);
      await resources.apply([applied(pipeline('b')), applied(pipeline('d'))]);
      expect(await keys()).toEqual(['default/b', 'default/d']);
      await resources.hold(ref('Pipeline', 'b'));
      await resources.hold(ref('Pipeline', 'd'));
      await resources.apply([applied(pipeline('c')), deleted(ref('Pipeline', 'b'))]);
      await resources.remove(ref('Pipeline', 'b'));
      const before = await resources.pipelineIndex();
      expect(await keys()).toEqual(['default/c', 'default/d']);
      await resources.apply([applied(pipeline('b')), deleted(ref('Pipeline', 'd'))]);
      expect((await resources.pipelineIndex()).map(({ deleted: gone }) => gone)).toEqual([false, false, true]);
      await resources.remove(ref('Pipeline', 'd'));
      await resources.apply([applied(pipeline('d', {}, { ...SPEC, enabled: false }))]);
      expect((await resources.pipelineIndex()).map(({ enabled }) => enabled)).toEqual([true, true, false]);
      expect(before.map(({ key, deleted: gone }) => [plain(key.slice('Pipeline/'.length)), gone])).toEqual([
        ['default/c', false],
        ['default/d', false],
      ]);
    });
  });
}
