import { describe, expect, vi } from 'vitest';
import type { ResourceRef } from '../../../foundation/ids.ts';
import {
  ORIGIN,
  READY,
  applied,
  casesOf,
  deleted,
  resourcesForEachTest,
  wordsOf,
  type NewResources,
  type SuiteOptions,
} from './fixture.ts';

/** Being told of changes. */
export function watchSuite(fresh: NewResources, options: SuiteOptions): void {
  const { pipeline, ref, plain } = wordsOf(options);
  const test = casesOf(options);
  const keyOf = ({ kind, namespace, name }: ResourceRef): string => `${kind}/${plain(namespace)}/${name}`;

  describe('watch', () => {
    const under = resourcesForEachTest(fresh);

    const seen = (keys: string[]) => ({
      listener: (of: ResourceRef) => {
        keys.push(keyOf(of));
      },
      waitFor: (expected: string[]) =>
        vi.waitFor(() => expect(keys.toSorted()).toEqual(expected), { timeout: 5000, interval: 5 }),
    });

    test('names what changed through this handle and others, but not for a status or an equal apply', async () => {
      const other = await under.open();
      await under.resources.apply([applied(pipeline('before'))]);
      const keys: string[] = [];
      const { listener, waitFor } = seen(keys);
      const stop = under.resources.watch(listener);

      await under.resources.apply([applied(pipeline('one')), applied(pipeline('two'))]);
      await waitFor(['Pipeline/default/one', 'Pipeline/default/two']);
      await other.apply([applied(pipeline('three'))]);
      await waitFor(['Pipeline/default/one', 'Pipeline/default/three', 'Pipeline/default/two']);

      keys.length = 0;
      await other.updateStatus(ref('Pipeline', 'one'), READY);
      await other.apply([applied(pipeline('two'), 'r2', { ...ORIGIN, line: 99 })]);
      await other.annotate(ref('Pipeline', 'three'), { paused: 'true' });
      await waitFor(['Pipeline/default/three']);

      keys.length = 0;
      await other.hold(ref('Pipeline', 'before'));
      await other.apply([deleted(ref('Pipeline', 'before'))]);
      await waitFor(['Pipeline/default/before']);
      await other.remove(ref('Pipeline', 'before'));
      await waitFor(['Pipeline/default/before', 'Pipeline/default/before']);
      stop();
    });

    test('a listener that throws is called again, and misses nothing', async () => {
      const keys: string[] = [];
      let failures = 2;
      const stop = under.resources.watch((of) => {
        if (failures-- > 0) throw new Error('listener failed');
        keys.push(keyOf(of));
      });
      await under.resources.apply([applied(pipeline('one')), applied(pipeline('two'))]);
      // In which order a platform tells of what was applied in one call is its own matter.
      const both = ['Pipeline/default/one', 'Pipeline/default/two'];
      await vi.waitFor(() => expect(keys.toSorted()).toEqual(both), { timeout: 5000 });
      stop();
    });

    test('after leaving, nothing is called', async () => {
      const listener = vi.fn();
      const keys: string[] = [];
      const { listener: staying, waitFor } = seen(keys);
      under.resources.watch(listener)();
      const stop = under.resources.watch(staying);
      await under.resources.apply([applied(pipeline('one'))]);
      await waitFor(['Pipeline/default/one']);
      expect(listener).not.toHaveBeenCalled();
      stop();
    });
  });
}
