import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../../foundation/errors.ts';
import type { ConnectorContext, StreamRecord, StreamWriter, StreamWriteResult } from '../../../ports.ts';
import { extensionOf, type FileKind } from '../format.ts';
import type { FileSettings } from '../settings.ts';
import { claimPart, completePart } from './complete.ts';
import { storageError } from './errors.ts';
import { LineFile, tornMessage } from './line-file.ts';
import { linesOf } from './lines.ts';
import { partName, partsOf, partTime, stagedIn, stagingName, type Staged } from './part-names.ts';
import type { Rotation } from './rotation.ts';
import { Turns } from './turns.ts';

/** A part that got no form, for want of space say, is tried again after so long at most. */
const LONGEST_RETRY_MS = 60_000;

export interface PartOptions {
  /** As the pipeline names it, with its `/`. */
  readonly path: string;
  readonly kind: FileKind;
  readonly settings: FileSettings;
  readonly ctx: ConnectorContext;
  readonly pipelineId: string;
  readonly rotation: Rotation;
}

/** The part that grows. */
interface Part {
  /** The name that it will have, or has. */
  readonly name: string;
  readonly file: LineFile;
  readonly since: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Writes the parts of a stream into a folder. Uncompressed NDJSON grows under its own name. All else grows as lines of JSON in a
 * hidden file, which is durable and is taken up again after a crash; it gets its form in the background when it is complete.
 */
export class PartWriter implements StreamWriter {
  readonly #options: PartOptions;
  readonly #folder: string;
  readonly #extension: string;
  readonly #growsInPlace: boolean;
  readonly #turns = new Turns();
  #part: Part | null = null;
  #isTakenUp = false;
  #isClosed = false;
  /** Parts that wait for their form, oldest first. */
  #staged: readonly Staged[] = [];
  #retry: NodeJS.Timeout | undefined;
  #completing: Promise<void> | null = null;

  constructor(options: PartOptions) {
    this.#options = options;
    this.#folder = options.ctx.resolvePath(options.path, 'write');
    this.#extension = extensionOf(options.kind);
    this.#growsInPlace = options.kind.format === 'ndjson' && options.kind.compression === 'none';
    this.#turns
      .take(() => this.#takeUp())
      .catch((error: unknown) => this.#warn('what is left could not be read', error));
  }

  write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    return this.#turns.take(async () => {
      signal.throwIfAborted();
      if (records.length === 0) return { failed: [] };
      const lines = linesOf(records);
      try {
        await this.#takeUp();
        // Two parts that wait are one too many: the disk does not keep up, or has no space.
        if (this.#staged.length > 1) await this.#complete();
        const part = this.#part ?? (await this.#begin(records[0]!.event.id));
        // Invariant 2: resolves when the lines are on the disk, and not before.
        await part.file.append(lines);
        if (part.file.size >= this.#options.rotation.bytes) await this.#end();
      } catch (error) {
        throw storageError(error, this.#options.path);
      }
      return { failed: [] };
    });
  }

  close(): Promise<void> {
    return this.#turns.take(async () => {
      this.#isClosed = true;
      clearTimeout(this.#retry);
      await this.#end();
      // What gets no form now is taken up by the next writer.
      await this.#complete().catch((error: unknown) => this.#warn('a part waits for its form', error));
    });
  }

  /** What a writer before this one left: a part that can go on, and parts without their form. */
  async #takeUp(): Promise<void> {
    if (this.#isTakenUp) return;
    const { pipelineId, rotation } = this.#options;
    if (this.#growsInPlace) {
      const last = (await partsOf(this.#folder, this.#extension, pipelineId)).at(-1);
      if (last !== undefined) {
        const since = partTime(last);
        const file = await this.#open(last, last);
        const isOver = file.size >= rotation.bytes || Date.now() - since >= rotation.intervalMs;
        if (isOver) await file.close();
        else this.#part = this.#growing(last, file, since);
      }
    }
    const staged = await stagedIn(this.#folder, this.#extension, pipelineId);
    for (const each of staged) await (await this.#open(stagingName(each, pipelineId), each.name)).close();
    this.#staged = [...staged, ...this.#staged];
    this.#isTakenUp = true;
    this.#completeLater();
  }

  async #begin(firstId: string): Promise<Part> {
    const { ctx, path, pipelineId } = this.#options;
    const now = Date.now();
    let again = 0;
    let name: string;
    do name = `${partName(now, firstId, again++)}.${this.#extension}`;
    while (await this.#isTaken(name));
    // Symbolic links may have changed since the writer was made.
    ctx.resolvePath(`${path}${name}`, 'write');
    const file = await this.#open(this.#growsInPlace ? name : stagingName({ name, token: null }, pipelineId), name);
    this.#part = this.#growing(name, file, now);
    return this.#part;
  }

  async #isTaken(name: string): Promise<boolean> {
    const staging = stagingName({ name, token: null }, this.#options.pipelineId);
    const found = await Promise.all([name, staging].map((each) => stat(join(this.#folder, each)).catch(() => null)));
    return found.some((each) => each !== null);
  }

  async #open(own: string, name: string): Promise<LineFile> {
    const { ctx, path } = this.#options;
    const file = new LineFile(join(this.#folder, own), (bytes) =>
      ctx.log('warn', tornMessage(`${path}${name}`, bytes)),
    );
    await file.open();
    return file;
  }

  #growing(name: string, file: LineFile, since: number): Part {
    const left = Math.max(0, since + this.#options.rotation.intervalMs - Date.now());
    const timer = setTimeout(() => {
      this.#turns
        .take(async () => {
          if (this.#part?.name === name) await this.#end();
        })
        .catch((error: unknown) => this.#warn('a part could not be closed', error));
    }, left);
    timer.unref();
    return { name, file, since, timer };
  }

  /** Ends the part that grows, if there is one. */
  async #end(): Promise<void> {
    const part = this.#part;
    if (part === null) return;
    clearTimeout(part.timer);
    this.#part = null;
    if (!this.#growsInPlace) this.#staged = [...this.#staged, { name: part.name, token: null }];
    await part.file.close();
    this.#completeLater();
  }

  #completeLater(): void {
    this.#complete().catch((error: unknown) => {
      this.#warn('a part waits for its form', error);
      clearTimeout(this.#retry);
      if (this.#isClosed) return;
      const wait = Math.min(this.#options.rotation.intervalMs, LONGEST_RETRY_MS);
      this.#retry = setTimeout(() => this.#completeLater(), wait).unref();
    });
  }

  /** Gives their form to all parts that wait for it. Only one call works at a time; all of them hear how it ended. */
  #complete(): Promise<void> {
    this.#completing ??= this.#completeAll().finally(() => {
      this.#completing = null;
    });
    return this.#completing;
  }

  async #completeAll(): Promise<void> {
    const completion = { ...this.#options, folder: this.#folder };
    for (let next = this.#staged[0]; next !== undefined; next = this.#staged[0]) {
      completion.ctx.signal.throwIfAborted();
      const claimed = await claimPart(completion, next);
      if (claimed !== null) {
        this.#staged = this.#staged.map((each) => (each === next ? claimed : each));
        await completePart(completion, claimed);
      }
      this.#staged = this.#staged.filter((each) => each !== next && each !== claimed);
    }
  }

  #warn(what: string, error: unknown): void {
    if (!this.#options.ctx.signal.aborted)
      this.#options.ctx.log('warn', `${this.#options.path}: ${what}: ${messageOf(error)}`);
  }
}
