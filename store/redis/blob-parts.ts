/** The bytes of large blobs, in parts of 1 MiB. Each `put` has keys of its own, which Redis spreads over its nodes. */
import { randomUUID } from 'node:crypto';
import type { RedisConnection } from './client.ts';

const PART_BYTES = 1024 * 1024;
/** Parts live so much longer than the blob that names them, in milliseconds: whoever is reading it then can end. */
const MARGIN_MS = 60_000;
/** Parts that are on their way at the same time. */
const TOGETHER = 4;

export interface BlobParts {
  /** Answers the id of what it wrote. Parts that no blob comes to name run out. */
  put(bytes: Uint8Array, expiresAt: number): Promise<string>;
  /** Null when they are not all there. */
  get(id: string, size: number): Promise<Buffer | null>;
  /** False when they are not all there. */
  keep(id: string, size: number, expiresAt: number): Promise<boolean>;
  /** Nothing happens for the id ''. */
  delete(id: string, size: number): Promise<void>;
}

export function blobParts(redis: RedisConnection): BlobParts {
  const { blobPart } = redis.keys;

  return {
    put: async (bytes, expiresAt) => {
      const id = randomUUID();
      await each(bytes.byteLength, async (n) => {
        const from = n * PART_BYTES;
        const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(PART_BYTES, bytes.byteLength - from));
        await redis.write((client) => client.set(blobPart(id, n), part, 'PXAT', expiresAt + MARGIN_MS));
      });
      return id;
    },

    get: async (id, size) => {
      const whole = Buffer.alloc(size);
      let complete = true;
      await each(size, async (n) => {
        const part = await redis.read((client) => client.getBuffer(blobPart(id, n)));
        if (part === null) complete = false;
        else part.copy(whole, n * PART_BYTES);
      });
      return complete ? whole : null;
    },

    keep: async (id, size, expiresAt) => {
      let complete = true;
      await each(size, async (n) => {
        const left = await redis.read((client) => client.pttl(blobPart(id, n)));
        // Never shorter: somebody else may need them longer.
        if (left >= 0 && Date.now() + left >= expiresAt + MARGIN_MS) return;
        const kept = await redis.write((client) => client.pexpireat(blobPart(id, n), expiresAt + MARGIN_MS));
        if (kept === 0) complete = false;
      });
      return complete;
    },

    delete: async (id, size) => {
      if (id === '') return;
      await each(size, async (n) => {
        await redis.write((client) => client.unlink(blobPart(id, n)));
      });
    },
  };
}

/** Works on the parts of `size` bytes, a few at a time. */
async function each(size: number, work: (n: number) => Promise<void>): Promise<void> {
  const count = Math.ceil(size / PART_BYTES);
  for (let from = 0; from < count; from += TOGETHER) {
    const slice = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, n) => work(from + n));
    await Promise.all(slice);
  }
}
