/**
 * Objects of a bucket, over the S3 protocol: Amazon's, or that of any other storage that speaks it. The library takes tens of
 * megabytes of memory and a second of a processor to load, and is loaded with the first request.
 */
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import { HeadgateError } from '../../foundation/errors.ts';
import type { S3Credentials } from './credentials.ts';
import { isMissing, storageError } from './errors.ts';
import { keyOf, objectUrl, type ObjectsLocation } from './location.ts';
import { uploadFile } from './upload.ts';

export interface S3Options {
  readonly location: ObjectsLocation;
  /** When left out: whatever Amazon's library finds, such as the role of the Pod's service account. */
  readonly credentials?: S3Credentials;
  /** How long one request may take, in milliseconds; 60 s when left out. */
  readonly requestMs?: number;
  /** How often a request is sent that fails for reasons that pass (slow down, 5xx, network); 5 when left out. */
  readonly attempts?: number;
}

export interface ObjectInfo {
  /** In bytes. */
  readonly size: number;
  /** Of these very bytes, without quotes. */
  readonly etag: string;
  readonly modified: Date;
}

/** The library, loaded, and a client made with it. */
export type Connected = { readonly sdk: typeof Sdk; readonly client: Sdk.S3Client };

const REQUEST_MS = 60_000;
const CONNECT_MS = 10_000;
const ATTEMPTS = 5;
/** Read at once, and what a reader holds in memory, in bytes. Whoever reads slowly keeps no connection waiting. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** How often a chunk is asked for whose bytes break off. */
const CHUNK_TRIES = 3;
/** Deletions at the same time. */
const DELETIONS = 8;

/** Every method rejects with `storage_refused`, with `unavailable`, or with the reason of its signal. */
export class S3Objects {
  readonly #options: S3Options;
  #connected: Promise<Connected> | null = null;

  constructor(options: S3Options) {
    this.#options = options;
  }

  /** `s3://bucket/key` of the object with this name. */
  urlOf(name: string): string {
    return objectUrl(this.#options.location, name);
  }

  /** Uploads a file, whatever its size; nothing is to be seen of it before its end. Holds up to 64 MiB in memory. */
  async put(name: string, path: string, signal: AbortSignal): Promise<void> {
    const target = { Bucket: this.#options.location.bucket, Key: this.#key(name) };
    await this.#asked(`${this.urlOf(name)} cannot be written`, signal, (connected) =>
      uploadFile(connected, target, path, signal),
    );
  }

  /** Null when there is none. */
  async find(name: string, signal: AbortSignal): Promise<ObjectInfo | null> {
    return this.#asked(`${this.urlOf(name)} cannot be looked at`, signal, async ({ sdk, client }) => {
      try {
        const command = new sdk.HeadObjectCommand({ Bucket: this.#options.location.bucket, Key: this.#key(name) });
        const { ContentLength = 0, ETag = '', LastModified } = await client.send(command, { abortSignal: signal });
        return { size: ContentLength, etag: ETag.replaceAll('"', ''), modified: LastModified ?? new Date(0) };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  /** The bytes from `start` to `end`, both included, of an object as it was found; rejects when it is another one meanwhile. */
  async *read(
    name: string,
    { etag }: Pick<ObjectInfo, 'etag'>,
    { start, end }: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    for (let from = start; from <= end; from += CHUNK_BYTES) {
      const to = Math.min(end, from + CHUNK_BYTES - 1);
      yield await this.#asked(`${this.urlOf(name)} cannot be read`, signal, (connected) =>
        this.#chunk(connected, { name, etag, from, to, signal }),
      );
    }
  }

  /** Deletes objects; those that are not there, or whose bucket is gone, are no error. Ends with the first one that fails. */
  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    const left = [...names];
    const worker = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        await this.#removeOne(name, signal).catch((error: unknown) => {
          left.length = 0;
          throw error;
        });
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: Math.min(DELETIONS, names.length) }, worker));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Lets its connections go. */
  async close(): Promise<void> {
    const connected = await this.#connected?.catch(() => null);
    connected?.client.destroy();
  }

  async #removeOne(name: string, signal: AbortSignal): Promise<void> {
    await this.#asked(`${this.urlOf(name)} cannot be deleted`, signal, async ({ sdk, client }) => {
      const command = new sdk.DeleteObjectCommand({ Bucket: this.#options.location.bucket, Key: this.#key(name) });
      await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    });
  }

  /** The library tries again what fails before the first byte; what breaks off later is tried again here. */
  async #chunk(
    { sdk, client }: Connected,
    { name, etag, from, to, signal }: { name: string; etag: string; from: number; to: number; signal: AbortSignal },
  ): Promise<Uint8Array> {
    const { location, requestMs = REQUEST_MS } = this.#options;
    for (let tries = 1; ; tries++) {
      const command = new sdk.GetObjectCommand({
        Bucket: location.bucket,
        Key: this.#key(name),
        Range: `bytes=${from}-${to}`,
        IfMatch: `"${etag}"`,
      });
      const { Body } = await client.send(command, { abortSignal: signal });
      try {
        return await collect(
          Body as Readable,
          to - from + 1,
          AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
        );
      } catch (error) {
        if (tries === CHUNK_TRIES || signal.aborted) throw error;
      }
    }
  }

  #key(name: string): string {
    return keyOf(this.#options.location, name);
  }

  async #asked<T>(trouble: string, signal: AbortSignal, ask: (connected: Connected) => Promise<T>): Promise<T> {
    try {
      signal.throwIfAborted();
      this.#connected ??= connect(this.#options);
      return await ask(await this.#connected);
    } catch (error) {
      signal.throwIfAborted();
      throw storageError(error, trouble);
    }
  }
}

async function connect(options: S3Options): Promise<Connected> {
  const { location, credentials, requestMs = REQUEST_MS, attempts = ATTEMPTS } = options;
  const { region, endpoint, pathStyle } = location;
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: attempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, requestMs),
      requestTimeout: requestMs,
      socketTimeout: requestMs,
      throwOnRequestTimeout: true,
    },
    // What it would add by itself beyond the signature, other storage than Amazon's does not know.
    ...(endpoint === undefined
      ? {}
      : { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
  });
  return { sdk, client };
}

async function collect(body: Readable, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let came = 0;
  for await (const chunk of addAbortSignal(signal, body)) {
    came += (chunk as Buffer).length;
    // Storage that knows no ranges sends all of it.
    if (came > length)
      throw new HeadgateError('storage_refused', `more came than the ${length} bytes that were asked for`);
    chunks.push(chunk as Buffer);
  }
  if (came !== length) throw new HeadgateError('unavailable', `${came} bytes came instead of ${length}`);
  return Buffer.concat(chunks);
}
