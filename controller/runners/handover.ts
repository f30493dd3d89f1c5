/** Hands assignments to runners that share nothing with the controller but the store: `runner/handed.ts` tells their form. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Clock } from '../../foundation/time.ts';
import {
  checkBlob,
  checkResultBlob,
  fileBlob,
  runBlob,
  streamBlob,
  STREAM_KEPT_MS,
  type Handed,
  type HandedFile,
  type HandedFiles,
} from '../../runner/handed.ts';
import type { CheckResult } from '../../runner/ports.ts';
import type { CheckAssignment, RunAssignment, RunnerEnvironment, StreamAssignment } from '../../runner/spec.ts';
import { MAX_BLOB_BYTES, type Blobs } from '../../store/blob-ports.ts';

/** Bytes of all files of one assignment. */
export const MAX_HANDED_BYTES = 256 * 1024 * 1024;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Hashes of files that are remembered. */
const MAX_KNOWN = 10_000;

type Files = Readonly<Record<string, string>>;

export interface HandoverOptions {
  readonly blobs: Pick<Blobs, 'put' | 'get' | 'touch' | 'delete'>;
  readonly clock: Clock;
}

/**
 * Each method answers the name of the blob (`HEADGATE_ASSIGNMENT` of the Pod), and may be called again: what is there is kept
 * longer. Throws `source_failed` for files that are too large, what the store throws, and the signal's reason.
 */
export class Handover {
  readonly #blobs: HandoverOptions['blobs'];
  readonly #clock: Clock;
  /** By path, size and time of change: files of the repository lie under the hashes of their contents, and do not change. */
  readonly #known = new Map<string, HandedFile>();

  constructor({ blobs, clock }: HandoverOptions) {
    this.#blobs = blobs;
    this.#clock = clock;
  }

  /** Kept for a day, or as long as the run may take. */
  async run(assignment: RunAssignment, signal: AbortSignal): Promise<string> {
    const { pipeline, environment } = assignment;
    const until = this.#clock() + Math.max(DAY_MS, pipeline.timeoutMs + HOUR_MS);
    const files = await this.#files(pipeline.files, until, signal);
    const name = runBlob(assignment.runId, assignment.attempt);
    const handed = { ...assignment, pipeline: { ...pipeline, files }, environment: withoutPlaces(environment) };
    return this.#put(name, { kind: 'run', ...handed }, until);
  }

  /** Kept for `STREAM_KEPT_MS`; Pods that run with it keep it longer. */
  async stream(assignment: StreamAssignment, hash: string, signal: AbortSignal): Promise<string> {
    const { pipeline, environment } = assignment;
    const until = this.#clock() + STREAM_KEPT_MS;
    const files = await this.#files(pipeline.files, until, signal);
    const name = streamBlob(pipeline.id, hash);
    if ((await this.#blobs.touch([name], until, this.#clock())).has(name)) return name;
    const handed = { ...assignment, pipeline: { ...pipeline, files }, environment: withoutPlaces(environment) };
    return this.#put(name, { kind: 'stream', hash, ...handed }, until);
  }

  /** Kept for an hour, as its answer is. */
  async check(assignment: CheckAssignment, signal: AbortSignal): Promise<string> {
    const until = this.#clock() + HOUR_MS;
    const files = await this.#files(assignment.files, until, signal);
    const handed = { ...assignment, files, environment: withoutPlaces(assignment.environment) };
    return this.#put(checkBlob(assignment.checkId), { kind: 'check', ...handed }, until);
  }

  /** What a check answered; null: nothing yet. */
  async answer(checkId: string): Promise<CheckResult | null> {
    const bytes = await this.#blobs.get(checkResultBlob(checkId), this.#clock());
    return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as CheckResult);
  }

  /** Deletes an assignment that nobody needs any more. Files stay until they run out: others may have the same. */
  async forget(name: string): Promise<void> {
    await this.#blobs.delete(name);
  }

  async #put(name: string, handed: Handed, until: number): Promise<string> {
    await this.#blobs.put(name, Buffer.from(JSON.stringify(handed)), until);
    return name;
  }

  /** Brings the files that are not there yet. */
  async #files(files: Files, until: number, signal: AbortSignal): Promise<HandedFiles> {
    const handed: Record<string, HandedFile> = {};
    const places = new Map<string, { readonly name: string; readonly path: string }>();
    let total = 0;
    for (const [name, path] of Object.entries(files)) {
      const file = await this.#measure(name, path, signal);
      if (!places.has(file.sha256)) total += file.size;
      if (total > MAX_HANDED_BYTES) throw tooLarge('the files of the pipeline have', MAX_HANDED_BYTES);
      handed[name] = file;
      places.set(file.sha256, { name, path });
    }
    const blobs = [...places.keys()].map(fileBlob);
    const there = await this.#blobs.touch(blobs, until, this.#clock());
    for (const [sha256, { name, path }] of places) {
      if (there.has(fileBlob(sha256))) continue;
      const bytes = await readFile(path, { signal });
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new HeadgateError('source_failed', `file ${name} changed while it was handed over`, { retryable: true });
      }
      await this.#blobs.put(fileBlob(sha256), bytes, until);
    }
    return handed;
  }

  async #measure(name: string, path: string, signal: AbortSignal): Promise<HandedFile> {
    const { size, mtimeMs } = await stat(path);
    if (size > MAX_BLOB_BYTES) throw tooLarge(`file ${name} has`, MAX_BLOB_BYTES);
    const key = `${path}\0${size}\0${mtimeMs}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
    const file = { sha256: hash.digest('hex'), size };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, file);
    return file;
  }
}

/** A Pod has a store and folders of its own. */
function withoutPlaces({
  store: _store,
  dataDir: _dataDir,
  ...environment
}: RunnerEnvironment): Omit<RunnerEnvironment, 'store' | 'dataDir'> {
  return environment;
}

function tooLarge(what: string, limit: number): HeadgateError {
  return new HeadgateError('source_failed', `${what} more than ${limit / 1024 / 1024} MiB`, {
    hint: 'keep large files out of Git: read them from object storage over HTTP or S3, or from a volume that the Pods mount',
  });
}
