/** A file of any size into a bucket, with bounded memory. */
import { open, type FileHandle } from 'node:fs/promises';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Connected } from './s3.ts';

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

const MIB = 1024 * 1024;
/** A smaller file goes in one request, a larger one in parts of this size or larger, in bytes. */
const PART_BYTES = 8 * MIB;
/** S3 takes no more. */
const MAX_PARTS = 10_000;
/** Parts at the same time, and what they may take of the memory together, in bytes. */
const PARTS_AT_ONCE = 4;
const MEMORY_BYTES = 64 * MIB;
/** How long parts of an upload that failed are looked after, in milliseconds. */
const ABORT_MS = 10_000;

export interface Parts {
  /** Of all but the last one, in bytes. */
  readonly size: number;
  readonly count: number;
  readonly atOnce: number;
}

/** How a file is cut. Throws `payload_too_large` for one that its memory does not suffice for: more than 625 GiB. */
export function partsOf(bytes: number): Parts {
  const size = Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS / MIB) * MIB);
  if (size > MEMORY_BYTES) {
    throw new HeadgateError('payload_too_large', `a file of ${bytes} bytes is too large to be uploaded`);
  }
  return { size, count: Math.ceil(bytes / size), atOnce: Math.min(PARTS_AT_ONCE, Math.floor(MEMORY_BYTES / size)) };
}

/** Rejects when the file is shorter than it was at the beginning. What was uploaded of one that fails is taken back. */
export async function uploadFile(
  connected: Connected,
  target: Target,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > PART_BYTES) return await inParts(connected, target, file, size, signal);
    const { sdk, client } = connected;
    const Body = await bytesOf(file, 0, size);
    await client.send(new sdk.PutObjectCommand({ ...target, Body }), { abortSignal: signal });
  } finally {
    await file.close();
  }
}

async function inParts(
  { sdk, client }: Connected,
  target: Target,
  file: FileHandle,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const parts = partsOf(bytes);
  const begin = new sdk.CreateMultipartUploadCommand(target);
  const { UploadId } = await client.send(begin, { abortSignal: signal });
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const done: { PartNumber: number; ETag: string | undefined }[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < parts.count; index = next++) {
      stop.throwIfAborted();
      const at = index * parts.size;
      const Body = await bytesOf(file, at, Math.min(parts.size, bytes - at));
      const PartNumber = index + 1;
      const part = new sdk.UploadPartCommand({ ...target, UploadId, PartNumber, Body });
      const { ETag } = await client.send(part, { abortSignal: stop });
      done.push({ PartNumber, ETag });
    }
  };
  try {
    const workers = Array.from({ length: parts.atOnce }, () =>
      worker().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    const ends = await Promise.allSettled(workers);
    // The first failure; the others ended because of it.
    if (failed.signal.aborted) throw failed.signal.reason;
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const Parts = done.sort((a, b) => a.PartNumber - b.PartNumber);
    const end = new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
    await client.send(end, { abortSignal: signal });
  } catch (error) {
    const undo = new sdk.AbortMultipartUploadCommand({ ...target, UploadId });
    // What stays nevertheless is for a lifecycle rule of the bucket.
    await client.send(undo, { abortSignal: AbortSignal.timeout(ABORT_MS) }).catch(() => undefined);
    throw error;
  }
}

async function bytesOf(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new HeadgateError('internal', 'the file became shorter while it was uploaded');
    filled += bytesRead;
  }
  return buffer;
}
