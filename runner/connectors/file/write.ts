/** Writes a result as a file: aside first, made durable, then renamed over the old one. */
import { randomBytes } from 'node:crypto';
import { constants, renameSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { WriteMode } from '../../../crds/index.ts';
import type { ConnectorContext, Destination, LoadInput, WriteRequest } from '../../ports.ts';
import { writeAppended } from './append.ts';
import { copyTo } from './copy-to.ts';
import { makeDurable } from './durable.ts';
import { extensionOf, isFolder, kindOf, pathOf, type FileKind } from './format.ts';
import type { FileSettings } from './settings.ts';
import { fileStream } from './stream/stream.ts';

export function fileDestination(settings: FileSettings, ctx: ConnectorContext): Destination {
  // A path that may not be used is refused before any destination of the pipeline is written to.
  ctx.resolvePath(settings.path, 'write');
  return {
    async load(request: WriteRequest, input: LoadInput): Promise<number> {
      ctx.signal.throwIfAborted();
      const path = pathOf(settings, request.stream);
      const kind = kindOf(path, settings);
      refuseForm(path, kind, request.mode);
      const target = targetOf(path, kind, request, ctx);
      // A name of its own for each try: a runner that was believed dead may still be writing for the same run.
      const own = `${request.runId}-${randomBytes(4).toString('hex')}`;
      const aside = join(dirname(target), `.${basename(target)}.${own}.partial`);
      await mkdir(dirname(target), { recursive: true });
      await removeStale(target);
      try {
        const old = request.mode === 'append' && !isFolder(path) ? stampOf(target) : null;
        if (old === null) await writeWhole(aside, kind, settings, input);
        else if (input.rows === 0) return 0;
        else await writeAppended({ target, aside, kind, settings, input, ctx });
        await makeDurable(aside);
        ctx.signal.throwIfAborted();
        // Nothing of this process comes between the look and the change.
        if (old !== null && stampOf(target) !== old) throw changedMeanwhile(path);
        renameSync(aside, target);
        await makeDurable(dirname(target));
      } finally {
        await rm(aside, { force: true });
      }
      ctx.progress(input.rows);
      return input.rows;
    },
    stream: (request) => Promise.resolve(fileStream(settings, ctx, request)),
  };
}

/** Throws `invalid_settings` for what cannot be written in that mode. */
export function refuseForm(path: string, { format }: FileKind, mode: WriteMode): void {
  if (isFolder(path) && mode !== 'append') {
    throw new HeadgateError('invalid_settings', `a folder of files ('${path}') can only be appended to`, {
      hint: 'use mode append, or name a file',
    });
  }
  if (format === 'json' && mode === 'append' && !isFolder(path)) {
    throw new HeadgateError('invalid_settings', 'a JSON array cannot be appended to', { hint: 'use format ndjson' });
  }
}

/** The file to write. In a folder, each run appends a part of its own; the same run again replaces its part. */
function targetOf(path: string, kind: FileKind, request: WriteRequest, ctx: ConnectorContext): string {
  if (!isFolder(path)) return ctx.resolvePath(path, 'write');
  return ctx.resolvePath(`${path}part-${request.runId}.${extensionOf(kind)}`, 'write');
}

async function writeWhole(aside: string, kind: FileKind, settings: FileSettings, input: LoadInput): Promise<void> {
  // The run's output is the very file that is asked for: no second pass, and no copy where the file system can share.
  if (kind.format === 'parquet') await copyFile(input.parquet, aside, constants.COPYFILE_FICLONE);
  else await copyTo(aside, `SELECT * FROM ${input.relation}`, kind, settings, input);
}

/** What changes with the content of a file; null when there is none. */
function stampOf(path: string): string | null {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const changedMeanwhile = (path: string): HeadgateError =>
  new HeadgateError('destination_failed', `'${path}' was changed by somebody else while records were added to it`, {
    retryable: true,
    hint: 'let one run at a time write to a file, or append to a folder',
  });

/** No load takes that long: what is older was left by a runner that was killed. */
const STALE_MS = 24 * 3_600_000;

async function removeStale(target: string): Promise<void> {
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix) || !name.endsWith('.partial')) continue;
    const path = join(dirname(target), name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}
