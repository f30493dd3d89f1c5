import { randomBytes } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, describe, test } from 'vitest';
import { eventually } from '../../test/server.ts';
import { MAX_BLOB_BYTES, MAX_BLOB_NAME, MAX_LISTED_BYTES } from '../blob-ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';

const HOUR = 3_600_000;
const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

/** The suite that every implementation of `Blobs` passes. Its times are those of today: Redis deletes by its own clock. */
export function blobsSuite(name: string, fresh: NewStore): void {
  describe(`${name}: blobs`, () => {
    const under = storeForEachTest(fresh);

    test('bytes are found by name, by every handle, until their time', async () => {
      const [{ blobs }, other] = [await under.open(), await under.open()];
      const now = Date.now();
      await blobs.put('run/run_1/1', Buffer.from('{"a":1}'), now + HOUR);
      expect(text(await other.blobs.get('run/run_1/1', now))).toBe('{"a":1}');
      expect(await other.blobs.get('run/run_1/1', now + HOUR - 1)).not.toBeNull();
      expect(await other.blobs.get('run/run_1/1', now + HOUR)).toBeNull();
      expect(await other.blobs.get('run/run_1/2', now)).toBeNull();
    });

    test('a put replaces what is there, large by small and small by large', async () => {
      const { blobs } = await under.open();
      const until = Date.now() + HOUR;
      const [one, two] = [randomBytes(3 * 1024 * 1024 + 17), randomBytes(2 * 1024 * 1024)];
      for (const bytes of [one, Buffer.from('small'), two, Buffer.alloc(0), one]) {
        await blobs.put('file/x', bytes, until);
        expect(Buffer.compare((await blobs.get('file/x', Date.now()))!, bytes)).toBe(0);
      }
    });

    test('a part of a larger buffer is stored as that part', async () => {
      const { blobs } = await under.open();
      const whole = randomBytes(4 * 1024 * 1024);
      for (const [from, to] of [
        [10, 20],
        [100, 2_500_000],
      ] as const) {
        await blobs.put('x', whole.subarray(from, to), Date.now() + HOUR);
        expect(Buffer.compare((await blobs.get('x', Date.now()))!, whole.subarray(from, to))).toBe(0);
      }
    });

    test('a reader never sees a mixture of two', async () => {
      const [{ blobs }, other] = [await under.open(), await under.open()];
      const versions = [1, 2, 3].map((n) => Buffer.alloc(1_500_000 + n, n));
      await blobs.put('x', versions[0]!, Date.now() + HOUR);
      const written = new AbortController();
      const writer = (async () => {
        for (let round = 0; round < 12; round++) await blobs.put('x', versions[round % 3]!, Date.now() + HOUR);
        written.abort();
      })();
      let reads = 0;
      while (!written.signal.aborted) {
        const seen = await other.blobs.get('x', Date.now());
        const first = seen![0]!;
        expect(seen!.byteLength).toBe(1_500_000 + first);
        expect(seen!.every((byte) => byte === first)).toBe(true);
        reads++;
        await immediate();
      }
      await writer;
      expect(reads).toBeGreaterThan(0);
    });

    test('touch keeps what is there, never shortens, and tells what is missing', async () => {
      const { blobs } = await under.open();
      const now = Date.now();
      const large = randomBytes(1_200_000);
      await blobs.put('small', Buffer.from('s'), now + HOUR);
      await blobs.put('large', large, now + HOUR);
      expect(await blobs.touch(['small', 'none', 'large'], now + 2 * HOUR, now)).toEqual(new Set(['small', 'large']));
      expect(await blobs.touch(['small'], now + 1, now)).toEqual(new Set(['small']));
      expect(text(await blobs.get('small', now + 2 * HOUR - 1))).toBe('s');
      expect(Buffer.compare((await blobs.get('large', now + 2 * HOUR - 1))!, large)).toBe(0);
      expect(await blobs.get('large', now + 2 * HOUR)).toBeNull();
      expect(await blobs.touch(['small'], now + 3 * HOUR, now + 2 * HOUR)).toEqual(new Set());
      expect(await blobs.touch([], now, now)).toEqual(new Set());
    });

    test('what was deleted is gone', async () => {
      const { blobs } = await under.open();
      const until = Date.now() + HOUR;
      await blobs.put('small', Buffer.from('s'), until);
      await blobs.put('large', randomBytes(1_200_000), until);
      for (const each of ['small', 'large']) {
        expect(await blobs.delete(each)).toBe(true);
        expect(await blobs.delete(each)).toBe(false);
        expect(await blobs.get(each, Date.now())).toBeNull();
      }
      expect(await blobs.list('', Date.now())).toEqual([]);
    });

    test('a list has those of a prefix by name, with the bytes of small ones', async () => {
      const { blobs } = await under.open();
      const now = Date.now();
      const put = (at: string, bytes: Uint8Array, until = now + HOUR) => blobs.put(at, bytes, until);
      await put('state/b/pod-2', Buffer.from('b2'));
      await put('state/b/pod-1', Buffer.alloc(MAX_LISTED_BYTES + 1, 1));
      await put('state/a', Buffer.alloc(MAX_LISTED_BYTES, 7));
      await put('state/b-c/x', Buffer.from('x'));
      await put('states', Buffer.from('other'));
      await put('state/b/late', Buffer.from('late'), now + 1000);
      const shown = async (prefix: string, at: number) =>
        (await blobs.list(prefix, at)).map((each) => [each.name, each.size, each.bytes?.byteLength ?? null]);
      expect(await shown('state/b/', now + 1000)).toEqual([
        ['state/b/pod-1', MAX_LISTED_BYTES + 1, null],
        ['state/b/pod-2', 2, 2],
      ]);
      expect((await shown('state/', now + 1000)).map(([at]) => at)).toEqual([
        'state/a',
        'state/b-c/x',
        'state/b/pod-1',
        'state/b/pod-2',
      ]);
      expect(await blobs.list('state/b/pod-2', now)).toEqual([
        { name: 'state/b/pod-2', size: 2, expiresAt: now + HOUR, bytes: expect.any(Uint8Array) as Uint8Array },
      ]);
      expect(await shown('none', now)).toEqual([]);
      expect(await shown('', now + 1000)).toHaveLength(5);
    });

    test('who watches a prefix is told of a put and a deletion by others', async () => {
      const [{ blobs }, other] = [await under.open(), await under.open()];
      let calls = 0;
      const stop = blobs.watch('state/', () => void calls++);
      const told = async (what: string, change: () => Promise<unknown>): Promise<void> => {
        const before = calls;
        await change();
        await eventually(`a call after ${what}`, async () => calls > before);
      };
      // The first call may be that of the subscription itself.
      await told('a put', () => other.blobs.put('state/x', Buffer.from('1'), Date.now() + HOUR));
      await told('another put', () => other.blobs.put('state/x', Buffer.from('2'), Date.now() + HOUR));
      await told('a deletion', () => other.blobs.delete('state/x'));
      stop();
    });

    test('what ran out is pruned, and nothing else', async () => {
      const { blobs } = await under.open();
      const now = Date.now();
      for (let n = 0; n < 120; n++) await blobs.put(`old/${n}`, Buffer.from('x'), now + 60_000);
      await blobs.put('kept', Buffer.from('k'), now + 60_000);
      await blobs.touch(['kept'], now + HOUR, now);
      expect(await blobs.prune(now + 59_999)).toBe(0);
      expect(await blobs.prune(now + 60_000)).toBe(120);
      expect(await blobs.prune(now + 60_000)).toBe(0);
      expect((await blobs.list('', now)).map((each) => each.name)).toEqual(['kept']);
    });

    test('names and sizes have limits', async () => {
      const { blobs } = await under.open();
      const until = Date.now() + HOUR;
      await blobs.put('n'.repeat(MAX_BLOB_NAME), Buffer.from('x'), until);
      for (const bad of ['', 'n'.repeat(MAX_BLOB_NAME + 1), 'a b', '/a', 'a/', 'a//b', 'a{b}', 'ä']) {
        await expect(blobs.put(bad, Buffer.from('x'), until)).rejects.toMatchObject({ code: 'invalid_request' });
        await expect(blobs.get(bad, 0)).rejects.toMatchObject({ code: 'invalid_request' });
      }
      const most = Buffer.alloc(MAX_BLOB_BYTES, 9);
      await blobs.put('most', most, until);
      expect((await blobs.get('most', Date.now()))!.byteLength).toBe(MAX_BLOB_BYTES);
      await expect(blobs.put('more', Buffer.alloc(MAX_BLOB_BYTES + 1), until)).rejects.toMatchObject({
        code: 'payload_too_large',
      });
    });
  });
}
