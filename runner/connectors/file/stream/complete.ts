/** Makes a part in its final form out of the lines of JSON that were staged: aside, durable, then under its name. */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdtemp, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { messageOf } from '../../../../foundation/errors.ts';
import { Duck } from '../../../engine/duck.ts';
import { jsonTable } from '../../../json-table.ts';
import type { ConnectorContext } from '../../../ports.ts';
import { quotePath } from '../../../quote.ts';
import { copyTo } from '../copy-to.ts';
import { makeDurable } from '../durable.ts';
import { extensionOf, type FileKind } from '../format.ts';
import type { FileSettings } from '../settings.ts';
import { namesIn, stagingName, type Staged } from './part-names.ts';

/** What DuckDB may hold while it makes one part; beyond that it spills to the scratch folder. */
const MEMORY = 512 * 2 ** 20;

/** What is nested deeper stays JSON: DuckDB takes for ever to find types for a thousand levels. */
const MAX_DEPTH = 32;

export interface Completion {
  /** Absolute. */
  readonly folder: string;
  readonly pipelineId: string;
  readonly kind: FileKind;
  readonly settings: FileSettings;
  readonly ctx: ConnectorContext;
}

/** Takes a staged part for oneself, whoever else may still add to it or take it; null when it is gone. */
export async function claimPart({ folder, pipelineId }: Completion, staged: Staged): Promise<Staged | null> {
  if (staged.token !== null) return staged;
  const claimed = { ...staged, token: randomBytes(4).toString('hex') };
  try {
    await rename(join(folder, stagingName(staged, pipelineId)), join(folder, stagingName(claimed, pipelineId)));
    return claimed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Makes the part of a claimed one. It may end at any moment and be done again: the part appears once, whole, and never over
 * another. Lines that cannot take the form (DuckDB has limits of its own) become a part of NDJSON, so that they stand in nobody's
 * way. Rejects when the disk or the memory does not suffice.
 */
export async function completePart(completion: Completion, staged: Staged): Promise<void> {
  const { folder, pipelineId, kind, ctx } = completion;
  const staging = join(folder, stagingName(staged, pipelineId));
  const found = await stat(staging).catch(() => null);
  if (found !== null && found.size > 0 && !(await isPublished(completion, staged))) {
    const aside = join(folder, `${asideStart(staged)}${randomBytes(4).toString('hex')}.partial`);
    try {
      await (kind.format === 'ndjson' ? compress(staging, aside, kind) : convert(completion, staging, aside));
      await makeDurable(aside);
      await publish(aside, staging, folder, staged.name, extensionOf(kind));
    } catch (error) {
      await rm(aside, { force: true });
      if (kind.format === 'ndjson' || ctx.signal.aborted || mayPass(error)) throw error;
      const name = `${staged.name.slice(0, -extensionOf(kind).length)}ndjson`;
      ctx.log('warn', `a part became ${name}, since it cannot be ${kind.format}: ${messageOf(error)}`);
      await publish(staging, staging, folder, name, 'ndjson');
    }
    await makeDurable(folder);
  }
  // Lines that are in no part themselves go first: whoever comes after a kill here then has only to tidy up.
  if ((await stat(staging).catch(() => null))?.nlink === 1) await truncate(staging);
  for (const name of await asidesOf(completion, staged)) await rm(join(folder, name), { force: true });
  await rm(staging, { force: true });
}

const asideStart = ({ name, token }: Staged): string => `.${name}.${token}.`;

async function asidesOf({ folder }: Completion, staged: Staged): Promise<readonly string[]> {
  return (await namesIn(folder)).filter((name) => name.startsWith(asideStart(staged)) && name.endsWith('.partial'));
}

/** Whether a try before this one came as far as to give the part its name: what it was made as then has two names. */
async function isPublished(completion: Completion, staged: Staged): Promise<boolean> {
  const { folder, pipelineId } = completion;
  const files = [stagingName(staged, pipelineId), ...(await asidesOf(completion, staged))];
  const found = await Promise.all(files.map((name) => stat(join(folder, name)).catch(() => null)));
  return found.some((file) => file !== null && file.nlink > 1);
}

/** Gives a file its name, or one with a number where that is taken; nothing when somebody else has done it meanwhile. */
async function publish(file: string, staging: string, folder: string, name: string, extension: string): Promise<void> {
  for (let again = 0; ; again++) {
    const free = again === 0 ? name : `${name.slice(0, -extension.length - 1)}-${again}.${extension}`;
    try {
      await link(file, join(folder, free));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if ((await stat(staging).catch(() => null)) === null) return;
  }
}

const mayPass = (error: unknown): boolean =>
  typeof (error as NodeJS.ErrnoException).code === 'string' ||
  /no space|disk|out of memory|could not (?:write|open|create)|cannot open/i.test(messageOf(error));

async function compress(staging: string, aside: string, { compression }: FileKind): Promise<void> {
  const transform = compression === 'gzip' ? createGzip() : createZstdCompress();
  await pipeline(createReadStream(staging), transform, createWriteStream(aside));
}

async function convert({ folder, kind, settings, ctx }: Completion, staging: string, aside: string): Promise<void> {
  const scratch = await mkdtemp(join(ctx.scratch, 'part-'));
  const duck = await Duck.open({ memoryBytes: MEMORY, scratch, folders: [folder], files: [], signal: ctx.signal });
  try {
    const read = `read_json(${quotePath(staging)}, format = 'newline_delimited', sample_size = -1,
      field_appearance_threshold = 0, maximum_depth = ${MAX_DEPTH})`;
    const relation = await jsonTable(duck.connection, 'part', read);
    await copyTo(aside, `SELECT * FROM ${relation}`, kind, settings, { duck: duck.connection });
  } finally {
    duck.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
