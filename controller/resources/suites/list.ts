import { beforeEach, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../../crds/index.ts';
import { refKey } from '../../../foundation/ids.ts';
import { declarationHash } from '../../plan/plan.ts';
import type { Origin, ResourceFilter } from '../../ports.ts';
import { applied, deleted, resourcesForEachTest, wordsOf, type NewResources, type SuiteOptions } from './fixture.ts';

/** Lists and the inventory. */
export function listSuite(fresh: NewResources, options: SuiteOptions): void {
  const { pipeline, ref, space, plain } = wordsOf(options);

  describe('list and index', () => {
    const under = resourcesForEachTest(fresh);

    const connection = {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'shop', namespace: space('a-b') },
      spec: { connector: 'postgres', settings: { url: '${env:SHOP}' } },
    } as const;
    const other: Origin = { repositoryId: 'rp_other', file: 'x.yaml', line: 3 };
    const byHand: Origin = { repositoryId: null, file: null, line: null };

    beforeEach(async () => {
      await under.resources.apply([
        applied(pipeline('z')),
        applied(pipeline('a'), 'r1', other),
        applied(pipeline('a.b'), 'r1', byHand),
        applied(pipeline('m', { namespace: 'a' })),
        applied(pipeline('m', { namespace: 'a-b' })),
        applied(connection),
      ]);
      await under.resources.hold(ref('Pipeline', 'z'));
      await under.resources.apply([deleted(ref('Pipeline', 'z'))]);
    });

    test.each([
      [undefined, ['C/a-b/shop', 'P/a/m', 'P/a-b/m', 'P/default/a', 'P/default/a.b', 'P/default/z']],
      [{ kind: 'Connection' }, ['C/a-b/shop']],
      [{ kind: 'Pipeline', namespace: 'default' }, ['P/default/a', 'P/default/a.b', 'P/default/z']],
      [{ repositoryId: 'rp_main' }, ['C/a-b/shop', 'P/a/m', 'P/a-b/m', 'P/default/z']],
      [{ repositoryId: 'rp_other', namespace: 'default' }, ['P/default/a']],
      [{ kind: 'Run' }, []],
    ] as const)(
      'list of %o is ordered by kind, namespace and name',
      async (given: ResourceFilter | undefined, expected) => {
        const filter = given?.namespace === undefined ? given : { ...given, namespace: space(given.namespace) };
        const listed = await under.resources.list(filter);
        const keys = listed.map(
          ({ resource: { kind, metadata } }) => `${kind[0]}/${plain(metadata.namespace)}/${metadata.name}`,
        );
        expect(keys).toEqual(expected);
        const index = await under.resources.index(filter);
        expect(index).toEqual(
          listed
            .map(({ resource, id, origin, deletedAt }) => ({
              key: refKey({ kind: resource.kind, ...resource.metadata }),
              id,
              hash: declarationHash(resource),
              repositoryId: origin.repositoryId,
              deleted: deletedAt !== null,
            }))
            .sort((a, b) => (a.key < b.key ? -1 : 1)),
        );
      },
    );
  });
}
