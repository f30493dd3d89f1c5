/** A DuckDB of its own for one database file, apart from the engine's, so that neither sees the other's settings. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError, messageOf, type ErrorCodeName } from '../../../foundation/errors.ts';
import type { ConnectorContext } from '../../ports.ts';
import { quoteList } from '../../quote.ts';
import type { DuckdbSettings } from '../duckdb.ts';

export type Side = Extract<ErrorCodeName, 'source_failed' | 'destination_failed'>;

/** What the instance may hold beside the engine's own; the rest spills to the scratch folder. */
const MEMORY = '512MB';

export interface DuckFile {
  readonly duck: DuckDBConnection;
  /** From here on an abort interrupts nothing: for COMMIT, so that a cancelled load is one that did not happen. */
  readonly shield: () => void;
  readonly close: () => void;
}

/**
 * Opens the file: a source for reading only, and shut off from all other files, since queries come from pipelines; a
 * destination creates it. An abort interrupts what runs.
 */
export async function openFile(settings: DuckdbSettings, ctx: ConnectorContext, side: Side): Promise<DuckFile> {
  ctx.signal.throwIfAborted();
  const reading = side === 'source_failed';
  const path = ctx.resolvePath(settings.path, reading ? 'read' : 'write');
  if (reading && !existsSync(path)) {
    throw new HeadgateError(side, `there is no file '${settings.path}'`, { hint: 'check `path`' });
  }
  await refuseOther(path, settings.path, side);
  const { DuckDBInstance } = await import('@duckdb/node-api');
  try {
    const instance = await DuckDBInstance.create(path, {
      access_mode: reading ? 'READ_ONLY' : 'READ_WRITE',
      memory_limit: MEMORY,
      temp_directory: ctx.scratch,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const duck = await instance.connect();
    const interrupt = (): void => duck.interrupt();
    ctx.signal.addEventListener('abort', interrupt);
    const shield = (): void => ctx.signal.removeEventListener('abort', interrupt);
    const close = (): void => {
      shield();
      duck.closeSync();
      instance.closeSync();
    };
    await duck.run(
      `SET TimeZone = 'UTC'; ${reading ? `SET allowed_directories = ${quoteList([`${ctx.scratch}/`])}; SET enable_external_access = false; SET lock_configuration = true` : ''}`,
    );
    return { duck, shield, close };
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw duckFileError(error, side, `file '${settings.path}'`);
  }
}

/** Where the header of a DuckDB file says what it is (https://duckdb.org/docs/stable/internals/storage). */
const MAGIC = { at: 8, text: 'DUCK' } as const;

/**
 * Throws when the file is of another kind: DuckDB opens a CSV or Parquet file as a database in memory with a view of it,
 * so that what is written to it would vanish.
 */
async function refuseOther(path: string, shown: string, side: Side): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new HeadgateError(side, `file '${shown}' cannot be opened (${error.code ?? 'error'})`, { cause: error });
  });
  if (file === null) return;
  try {
    const header = Buffer.alloc(MAGIC.at + MAGIC.text.length);
    const { bytesRead } = await file.read(header, 0, header.length, 0).catch((error: NodeJS.ErrnoException) => {
      throw new HeadgateError(side, `file '${shown}' cannot be read (${error.code ?? 'error'})`, { cause: error });
    });
    // DuckDB makes a database of an empty file.
    if (bytesRead === 0 || header.toString('latin1', MAGIC.at) === MAGIC.text) return;
  } finally {
    await file.close();
  }
  throw new HeadgateError(side, `file '${shown}' is not a DuckDB database`, {
    hint: 'check `path`; the connector file reads and writes CSV, JSON and Parquet',
  });
}

export function duckFileError(error: unknown, side: Side, what: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const message = messageOf(error).split('\n\n', 1)[0]!.replaceAll(/\s+/g, ' ');
  const locked = /Could not set lock|Conflicting lock/.test(message);
  const hint = locked
    ? 'another program has the file open; DuckDB lets in one writer, or several readers'
    : /[Ww][Aa][Ll]\b/.test(message)
      ? 'the log beside the file does not fit it: open it once with the DuckDB that wrote it'
      : undefined;
  return new HeadgateError(side, `${what}: ${message}`, { retryable: locked, cause: error, hint });
}

/** Runs `work` on the file; what DuckDB throws becomes an error of Headgate, or the signal's reason after an abort. */
export async function withFile<T>(
  settings: DuckdbSettings,
  ctx: ConnectorContext,
  side: Side,
  what: string,
  work: (duck: DuckDBConnection, shield: () => void) => Promise<T>,
): Promise<T> {
  const { duck, shield, close } = await openFile(settings, ctx, side);
  try {
    return await work(duck, shield);
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw duckFileError(error, side, what);
  } finally {
    close();
  }
}

/** The columns of a SELECT. */
export async function describe(duck: DuckDBConnection, select: string): Promise<{ name: string; type: string }[]> {
  const reader = await duck.runAndReadAll(`DESCRIBE ${select}`);
  return reader
    .getRowObjectsJS()
    .map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
}

export async function countOf(duck: DuckDBConnection, sql: string): Promise<number> {
  return Number((await duck.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
}
