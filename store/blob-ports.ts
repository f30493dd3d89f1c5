/**
 * The port of blobs: bytes that processes hand each other under a name, kept until a time. Assignments and files for
 * runners in Pods, the answers of checks, the states of streams.
 */
import { HeadgateError } from '../foundation/errors.ts';

/** Bytes of one blob. */
export const MAX_BLOB_BYTES = 64 * 1024 * 1024;
/** Characters of a name: letters, digits, `.`, `_`, `-` and, between parts, `/`. */
export const MAX_BLOB_NAME = 256;
/** `list` brings the bytes of blobs up to this size. */
export const MAX_LISTED_BYTES = 64 * 1024;
/** Blobs that one `list` answers at the most. */
export const MAX_LISTED_BLOBS = 20_000;

export interface BlobEntry {
  readonly name: string;
  readonly size: number;
  readonly expiresAt: number;
  /** Null for one over `MAX_LISTED_BYTES`: `get` brings it. */
  readonly bytes: Uint8Array | null;
}

/**
 * Times are epoch milliseconds. A blob is there before `expiresAt` and gone from then on, also where the platform deletes it
 * later; Redis deletes by its own clock. All methods throw `invalid_request` for a name that is none.
 */
export interface Blobs {
  /**
   * Stores the bytes under the name, in place of what is there. A reader sees all of the old bytes or all of the new ones.
   * Throws `payload_too_large` for more than `MAX_BLOB_BYTES`.
   */
  put(name: string, bytes: Uint8Array, expiresAt: number): Promise<void>;
  /** Null when there is none, or none any more. */
  get(name: string, now: number): Promise<Uint8Array | null>;
  /**
   * Keeps blobs until `expiresAt` at least; one that is kept longer stays so. Answers the names that are there: the others
   * are to be put. Calls no watcher.
   */
  touch(names: readonly string[], expiresAt: number, now: number): Promise<ReadonlySet<string>>;
  /** False when there is none. */
  delete(name: string): Promise<boolean>;
  /** Those whose name begins with the prefix, by name. Throws `unavailable` when there are more than `MAX_LISTED_BLOBS`. */
  list(prefix: string, now: number): Promise<readonly BlobEntry[]>;
  /**
   * Calls back soon after a blob whose name begins with the prefix was put or deleted, by this process or another (within
   * 250 ms). May call without a change. Nobody is told that a blob ran out: look again from time to time.
   */
  watch(prefix: string, listener: () => void): () => void;
  /** Deletes what ran out; answers how many. Not one transaction. */
  prune(now: number): Promise<number>;
}

const NAME = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;

/** Throws `invalid_request` for a name that no blob can have. */
export function checkBlobName(name: string): void {
  if (name.length <= MAX_BLOB_NAME && NAME.test(name)) return;
  throw new HeadgateError('invalid_request', `'${name.slice(0, MAX_BLOB_NAME)}' is no name of a blob`, {
    hint: `letters, digits, '.', '_', '-' and '/', at most ${MAX_BLOB_NAME} characters`,
  });
}

/** As `checkBlobName`, and `payload_too_large` for too many bytes. */
export function checkBlob(name: string, bytes: Uint8Array): void {
  checkBlobName(name);
  if (bytes.byteLength <= MAX_BLOB_BYTES) return;
  throw new HeadgateError(
    'payload_too_large',
    `blob ${name} has ${bytes.byteLength} bytes; ${MAX_BLOB_BYTES} are allowed`,
  );
}

/** What `list` throws instead of leaving some out. */
export function tooManyBlobs(prefix: string): HeadgateError {
  return new HeadgateError('unavailable', `more than ${MAX_LISTED_BLOBS} blobs begin with '${prefix}'`);
}
