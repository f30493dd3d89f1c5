/**
 * Blobs in Redis. A small one stands in its hash; a large one is cut into parts, which are written first and under a key of
 * their own, so that the hash, written last, never names bytes that are not there.
 */
import {
  checkBlob,
  checkBlobName,
  MAX_LISTED_BLOBS,
  MAX_LISTED_BYTES,
  tooManyBlobs,
  type Blobs,
} from '../blob-ports.ts';
import type { BlobEntry } from '../blob-ports.ts';
import { blobParts } from './blob-parts.ts';
import { watchChanges } from './changes.ts';
import type { RedisConnection } from './client.ts';
import { loadScript } from './script.ts';

/** Blobs that one script touches, and that one answer brings. */
const SLICE = 100;

/** Parts and size of what a script replaced. */
type Before = readonly [parts: string, size: string] | readonly [];

export function redisBlobs(redis: RedisConnection): Blobs {
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const put = loadScript<Before>(redis, script('blob-put'));
  const touch = loadScript<number[]>(redis, script('blob-touch'));
  const remove = loadScript<Before>(redis, script('blob-delete'));
  const forget = loadScript<number>(redis, script('blob-forget'));
  const parts = blobParts(redis);
  const { blob, blobNames, blobTimes } = redis.keys;
  const channel = redis.keys.channel('changed:blobs');

  const entry = async (name: string, now: number): Promise<BlobEntry | null> => {
    const [until, size, bytes] = await redis.read((client) => client.hmgetBuffer(blob(name), 'until', 'size', 'bytes'));
    if (!until || !(Number(until) > now)) return null;
    return { name, size: Number(size), expiresAt: Number(until), bytes: bytes ?? null };
  };

  return {
    put: async (name, bytes, expiresAt) => {
      checkBlob(name, bytes);
      const { byteLength: size } = bytes;
      const small = size <= MAX_LISTED_BYTES;
      const id = small ? '' : await parts.put(bytes, expiresAt);
      const inline = small ? Buffer.from(bytes.buffer, bytes.byteOffset, size) : '';
      const before = await put([blob(name), blobNames, blobTimes], [channel, name, expiresAt, size, inline, id]);
      await parts.delete(before[0] ?? '', Number(before[1]));
    },

    get: async (name, now) => {
      checkBlobName(name);
      for (let last = ''; ;) {
        const [until, size, bytes, id] = await redis.read((client) =>
          client.hmgetBuffer(blob(name), 'until', 'size', 'bytes', 'parts'),
        );
        if (!until || !(Number(until) > now)) return null;
        if (!id) return bytes ?? null;
        const whole = await parts.get(id.toString(), Number(size));
        // Parts that are gone: the blob was replaced while it was read, or has just run out.
        if (whole !== null || last === id.toString()) return whole;
        last = id.toString();
      }
    },

    touch: async (names, expiresAt, now) => {
      for (const name of names) checkBlobName(name);
      const found = new Set<string>();
      for (let from = 0; from < names.length; from += SLICE) {
        const slice = names.slice(from, from + SLICE);
        const there: string[] = [];
        for (const name of slice) {
          const [until, size, id] = await redis.read((client) => client.hmget(blob(name), 'until', 'size', 'parts'));
          if (!until || !(Number(until) > now)) continue;
          // First the parts, so that the hash never outlives them.
          if (!id || (await parts.keep(id, Number(size), expiresAt))) there.push(name);
        }
        if (there.length === 0) continue;
        const replies = await touch([blobTimes, ...there.map(blob)], [expiresAt, ...there]);
        for (const [n, name] of there.entries()) if (replies[n] === 1) found.add(name);
      }
      return found;
    },

    delete: async (name) => {
      checkBlobName(name);
      const [id, size] = await remove([blob(name), blobNames, blobTimes], [channel, name]);
      if (id === undefined) return false;
      await parts.delete(id, Number(size));
      return true;
    },

    list: async (prefix, now) => {
      const limit = MAX_LISTED_BLOBS + 1;
      const [from, to] = prefix === '' ? ['-', '+'] : [`[${prefix}`, `(${prefix}\u{10ffff}`];
      const names = await redis.read((client) => client.zrangebylex(blobNames, from, to, 'LIMIT', 0, limit));
      if (names.length > MAX_LISTED_BLOBS) throw tooManyBlobs(prefix);
      const found: BlobEntry[] = [];
      for (let at = 0; at < names.length; at += SLICE) {
        const slice = names.slice(at, at + SLICE);
        for (const each of await Promise.all(slice.map((name) => entry(name, now))))
          if (each !== null) found.push(each);
      }
      return found;
    },

    watch: (prefix, listener) => watchChanges(redis, channel, listener, (name) => name.startsWith(prefix)),

    prune: async (now) => {
      for (let pruned = 0; ;) {
        const names = await redis.read((client) => client.zrangebyscore(blobTimes, '-inf', now, 'LIMIT', 0, SLICE));
        if (names.length === 0) return pruned;
        pruned += await forget([blobNames, blobTimes, ...names.map(blob)], [now, ...names]);
      }
    },
  };
}
