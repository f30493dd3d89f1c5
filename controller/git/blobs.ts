import { once } from 'node:events';
import { HeadgateError } from '../../foundation/errors.ts';
import { endGit, spawnGit, type GitOptions } from './git.ts';

/** A blob's content, or null when it is larger than the limit that was asked for. */
export interface Blob {
  readonly oid: string;
  readonly size: number;
  readonly content: Buffer | null;
}

/**
 * Reads blobs by object id through one `git cat-file --batch`, in the order given. Content over `maxBytes` is skipped
 * while it streams by, so a huge file costs no memory. Throws `git_corrupt` for an object that is not there.
 * The format is git-cat-file(1), "BATCH OUTPUT": `<oid> <type> <size>\n<content>\n`.
 */
export async function* readBlobs(options: GitOptions, oids: readonly string[], maxBytes: number): AsyncGenerator<Blob> {
  if (oids.length === 0) return;
  const child = spawnGit(options, ['cat-file', '--batch', '--buffer']);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 4096) stderr += chunk.toString('utf8');
  });
  const closed = once(child, 'close').then(
    () => undefined,
    (error: unknown) => error,
  );
  // A process that ends early breaks the pipe; the reader below then finds the answer missing and says so.
  child.stdin.on('error', () => undefined);
  child.stdin.end(oids.join('\n') + '\n');

  const reader = new ByteReader(child.stdout);
  try {
    for (const oid of oids) {
      const header = await reader.line();
      const match = header === null ? null : /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header);
      if (match === null || match[2] !== 'blob') {
        throw new HeadgateError('git_corrupt', `object ${oid} cannot be read: ${header ?? stderr.trim()}`);
      }
      const size = Number(match[3]);
      const content = size > maxBytes ? null : await reader.take(size);
      if (content === null) await reader.skip(size);
      await reader.skip(1);
      yield { oid, size, content };
    }
  } finally {
    // One that was read to its end is ending by itself; it may be waiting for a remote otherwise.
    if (child.exitCode === null) void endGit(child);
    await closed;
  }
}

/** Takes lines and counted bytes from a stream, holding no more than what was asked for and one chunk. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: NodeJS.ReadableStream) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }

  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return null;
    }
  }

  async take(size: number): Promise<Buffer> {
    const out = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw new HeadgateError('git_corrupt', 'an object ended before its size was reached');
      }
      const part = this.#rest.subarray(0, size - filled);
      part.copy(out, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return out;
  }

  async skip(size: number): Promise<void> {
    let left = size;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw new HeadgateError('git_corrupt', 'an object ended before its size was reached');
      }
      const part = Math.min(left, this.#rest.length);
      left -= part;
      this.#rest = this.#rest.subarray(part);
    }
  }
}
