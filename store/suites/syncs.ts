import { describe, expect, test } from 'vitest';
import type { SyncRequest } from '../ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0, syncRecord } from './samples.ts';

const request = (id: string, over: Partial<SyncRequest> = {}): SyncRequest => ({
  id,
  repositoryId: 'rp_main',
  by: 'ada',
  allowPrune: false,
  requestedAt: T0,
  ...over,
});

/** The suite that every implementation of `Syncs` passes. */
export function syncsSuite(name: string, fresh: NewStore): void {
  describe(`${name}: syncs`, () => {
    const under = storeForEachTest(fresh);

    test('wishes wait in order until a sync has served them', async () => {
      const { syncs } = await under.open();
      const second = request('req_a', { requestedAt: T0 + 2, allowPrune: true, planHash: 'abc' });
      const first = request('req_b', { requestedAt: T0 + 1 });
      await syncs.request(second);
      await syncs.request(first);
      await syncs.request({ ...first, by: 'somebody else' });
      expect(await syncs.requests()).toEqual([first, second]);
      await syncs.record(syncRecord({ served: ['req_b', 'req_none'] }));
      expect(await syncs.requests()).toEqual([second]);
    });

    test('a sync that cannot be recorded serves nothing', async () => {
      const { syncs } = await under.open();
      await syncs.request(request('req_a'));
      const sync = syncRecord();
      await syncs.record(sync);
      await expect(syncs.record({ ...sync, served: ['req_a'] })).rejects.toThrow();
      expect(await syncs.requests()).toHaveLength(1);
    });

    test('a record comes back as it was given', async () => {
      const { syncs } = await under.open();
      const sync = syncRecord({
        status: 'partial',
        served: ['req_a', 'req_b'],
        appliedRevision: null,
        author: null,
        errors: [
          { code: 'invalid_yaml', message: 'a tab', at: 'orders.yaml:3:1', issues: [{ pointer: '', message: 'x' }] },
        ],
      });
      await syncs.record(sync);
      expect(await syncs.get(sync.id)).toEqual(sync);
      expect(await syncs.get('sync_none')).toBeNull();
    });

    test('the first thousand changes are kept', async () => {
      const { syncs } = await under.open();
      const changes = Array.from({ length: 1500 }, (_, n) => ({
        resource: `Pipeline/default/p${n}`,
        action: 'create' as const,
      }));
      const sync = syncRecord({ changes, changeCount: 1500 });
      await syncs.record(sync);
      expect(await syncs.get(sync.id)).toEqual({ ...sync, changes: changes.slice(0, 1000) });
    });

    test('lists newest first, page by page, and prunes the oldest', async () => {
      const { syncs } = await under.open();
      const made = Array.from({ length: 7 }, (_, n) =>
        syncRecord({ id: `sync_${n}`, startedAt: T0 + Math.floor(n / 2) }),
      );
      for (const sync of made) await syncs.record(sync);
      await syncs.record(syncRecord({ repositoryId: 'rp_other' }));
      const newest = made.toReversed();
      expect(await syncs.list('rp_main', 100)).toEqual(newest);
      expect(await syncs.list('rp_main', 3)).toEqual(newest.slice(0, 3));
      expect(await syncs.list('rp_main', 3, newest[2]!.id)).toEqual(newest.slice(3, 6));
      expect(await syncs.list('rp_main', 3, newest[6]!.id)).toEqual([]);
      await syncs.prune('rp_main', 2);
      expect(await syncs.list('rp_main', 100)).toEqual(newest.slice(0, 2));
      expect(await syncs.list('rp_main', 100, newest[4]!.id)).toEqual([]);
      expect(await syncs.list('rp_other', 100)).toHaveLength(1);
    });

    test('a repository that is gone takes its records and wishes along', async () => {
      const { syncs } = await under.open();
      for (const repositoryId of ['rp_main', 'rp_other']) {
        await syncs.record(syncRecord({ repositoryId }));
        await syncs.request(request(`req_${repositoryId}`, { repositoryId }));
      }
      await syncs.deleteRepository('rp_main');
      expect(await syncs.list('rp_main', 100)).toEqual([]);
      expect(await syncs.list('rp_other', 100)).toHaveLength(1);
      expect((await syncs.requests()).map(({ id }) => id)).toEqual(['req_rp_other']);
    });
  });
}
