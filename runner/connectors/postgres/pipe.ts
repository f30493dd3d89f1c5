/**
 * Bytes between a stream of Node and a statement of DuckDB, through a named pipe: nothing lies on disk, and both sides
 * work at the same time. Our end is a socket and never a thread of the pool, since statements of DuckDB hold those. Where
 * there is no `mkfifo`, a file takes the place of the pipe, and the two sides work one after the other.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, createReadStream, createWriteStream, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { sleep } from '../../../foundation/time.ts';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** How often to look whether DuckDB has opened its end, in milliseconds. */
const POLL_MS = 2;

/** Pours what `open` gives into the statement `consume(path)`. Throws what failed first. */
export async function pour(
  scratch: string,
  open: () => Readable,
  consume: (path: string) => Promise<unknown>,
): Promise<void> {
  await withPath(scratch, async (path, piped) => {
    if (!piped) {
      await pipeline(open(), createWriteStream(path));
      await consume(path);
      return;
    }
    const consumed = settled(consume(path));
    const fd = await openForReader(path, consumed);
    if (fd !== null) {
      const socket = new Socket({ fd, readable: false, writable: true });
      const poured = await settled(flow(open, () => socket));
      socket.destroy();
      // EPIPE: DuckDB closed its end, so the reason is there.
      const pipeBroke = (poured.error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
      if (poured.error !== undefined && !pipeBroke) {
        await consumed;
        throw poured.error as Error;
      }
    }
    const { error } = await consumed;
    if (error !== undefined) throw error as Error;
  });
}

/** Draws what the statement `produce(path)` writes into `open()`. Throws what failed first. */
export async function draw(
  scratch: string,
  produce: (path: string) => Promise<unknown>,
  open: () => Writable,
): Promise<void> {
  await withPath(scratch, async (path, piped) => {
    if (!piped) {
      await produce(path);
      await pipeline(createReadStream(path), open());
      return;
    }
    const readEnd = openSync(path, O_RDONLY | O_NONBLOCK);
    // Held until DuckDB is done, so that the end of the stream is not seen before DuckDB has opened the pipe.
    const writeEnd = openSync(path, O_WRONLY | O_NONBLOCK);
    const socket = new Socket({ fd: readEnd, readable: true, writable: false });
    const produced = settled(produce(path)).then((outcome) => {
      // What was written up to an error must not look complete.
      if (outcome.error !== undefined) socket.destroy(outcome.error as Error);
      closeSync(writeEnd);
      return outcome;
    });
    const drawn = await settled(flow(() => socket, open));
    if (drawn.error !== undefined) await breakOff(path, produced);
    // When DuckDB failed, both errors are the same; when the sink did, DuckDB's is only that the pipe broke.
    const { error } = await produced;
    const reason = drawn.error ?? error;
    if (reason !== undefined) throw reason as Error;
  });
}

/**
 * Ends a statement whose output nobody wants any more. It may not have opened the pipe yet, and would wait for a reader:
 * it gets one, that leaves at the first byte.
 */
async function breakOff(path: string, produced: Promise<unknown>): Promise<void> {
  const reader = new Socket({ fd: openSync(path, O_RDONLY | O_NONBLOCK), readable: true, writable: false });
  reader.once('data', () => reader.destroy());
  await produced;
  reader.destroy();
}

/** A pipeline whose ends are opened inside it, so that a failure to open one is a rejection like any other. */
async function flow(from: () => Readable, to: () => Writable): Promise<void> {
  await pipeline(from(), to());
}

interface Settled {
  readonly error?: unknown;
}

const settled = (work: Promise<unknown>): Promise<Settled> =>
  work.then(
    () => ({}),
    (error: unknown) => ({ error: error ?? new Error('failed without a reason') }),
  );

/** Opening for writing succeeds once somebody reads; null when the statement ended before. */
async function openForReader(path: string, consumed: Promise<Settled>): Promise<number | null> {
  const ended = new AbortController();
  void consumed.then(() => ended.abort());
  while (!ended.signal.aborted) {
    try {
      return openSync(path, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    await sleep(POLL_MS);
  }
  return null;
}

async function withPath(scratch: string, work: (path: string, piped: boolean) => Promise<void>): Promise<void> {
  const path = join(scratch, `pipe-${randomBytes(6).toString('hex')}`);
  const piped = await promisify(execFile)('mkfifo', ['-m', '600', path]).then(
    () => true,
    () => false,
  );
  try {
    await work(path, piped);
  } finally {
    await rm(path, { force: true });
  }
}
