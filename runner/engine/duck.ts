/** One DuckDB for one run: bounded in memory and disk, and shut into the folders of the run. */
import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Column, Row } from '../ports.ts';
import { quoteList, quoteName } from '../quote.ts';

export interface DuckOptions {
  readonly memoryBytes: number;
  /** Spills go to a folder in here. */
  readonly scratch: string;
  /** Folders and files that SQL may touch; all else is closed, so that a `sql` transform cannot read the server's files. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
  readonly signal: AbortSignal;
}

/** Share of the free disk that spilling may take, and its upper bound in bytes. */
const SPILL_SHARE = 0.8;
const SPILL_MAX = 256 * 1024 ** 3;

/** How often an abort is repeated, for a statement that began just after it. */
const INTERRUPT_EVERY_MS = 50;

export class Duck {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #interrupting: NodeJS.Timeout | undefined;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, signal: AbortSignal) {
    this.#instance = instance;
    this.connection = connection;
    this.#signal = signal;
    this.#onAbort = () => {
      connection.interrupt();
      this.#interrupting ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  static async open(options: DuckOptions): Promise<Duck> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const spill = join(options.scratch, 'spill');
    mkdirSync(spill, { recursive: true });
    const { bavail, bsize } = statfsSync(options.scratch);
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${options.memoryBytes}B`,
      temp_directory: spill,
      max_temp_directory_size: `${Math.floor(Math.min(bavail * bsize * SPILL_SHARE, SPILL_MAX))}B`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const folders = options.folders.map((folder) => `${folder.replace(/\/+$/, '')}/`);
    await connection.run(
      `SET TimeZone = 'UTC';
       SET enable_progress_bar = true;
       SET enable_progress_bar_print = false;
       SET allowed_directories = ${quoteList(folders)};
       SET allowed_paths = ${quoteList(options.files)};
       SET enable_external_access = false;`,
    );
    return new Duck(instance, connection, options.signal);
  }

  /** Runs a statement; an abort ends it and rejects with the signal's reason. */
  async run(sql: string): Promise<void> {
    await this.#guarded(() => this.connection.run(sql));
  }

  /** All rows of a small result, with values as JavaScript has them. */
  async rows(sql: string): Promise<readonly Row[]> {
    return this.#guarded(async () => (await this.connection.runAndReadAll(sql)).getRowObjectsJS());
  }

  /** The first value of the first row; null when there is none. */
  async value(sql: string): Promise<unknown> {
    return this.#guarded(async () => (await this.connection.runAndReadAll(sql)).getRowsJS()[0]?.[0] ?? null);
  }

  async count(relation: string): Promise<number> {
    return Number(await this.value(`SELECT count(*) FROM ${relation}`));
  }

  /** The columns of a relation. */
  async describe(relation: string): Promise<readonly Column[]> {
    const rows = await this.rows(`DESCRIBE SELECT * FROM ${relation}`);
    return rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  }

  /** How far the running statement is, from 0 to 1; null when DuckDB cannot tell. */
  fraction(): number | null {
    const { percentage } = this.connection.progress;
    return percentage >= 0 && percentage <= 100 ? percentage / 100 : null;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    clearInterval(this.#interrupting);
    this.connection.closeSync();
    this.#instance.closeSync();
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    }
  }
}

/** `"a", "b"` */
export const nameList = (columns: readonly Column[]): string => columns.map(({ name }) => quoteName(name)).join(', ');
