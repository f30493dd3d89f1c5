/** Loads and writes within one transaction: the file holds the old content until COMMIT, and again after a crash. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type {
  ConnectorContext,
  Destination,
  FailedRecord,
  LoadInput,
  RecordWriter,
  Row,
  WriteRequest,
} from '../../ports.ts';
import { quoteName, quotePath } from '../../quote.ts';
import type { SqliteSettings } from '../sqlite.ts';
import { storedValue } from './columns.ts';
import { isRefusal, openDatabase, sqliteError, whenFree } from './database.ts';
import { changedValues, ensureTable, insertStatement, type TargetColumn } from './table.ts';

export function sqliteDestination(settings: SqliteSettings, ctx: ConnectorContext): Destination {
  return {
    load: async (request, input) => {
      const writer = await SqliteWriter.open(settings, ctx, request);
      try {
        const rows = await writer.load(input);
        await writer.commit();
        return rows;
      } finally {
        await writer.abort();
      }
    },
    open: (request) => SqliteWriter.open(settings, ctx, request),
  };
}

class SqliteWriter implements RecordWriter {
  readonly #settings: SqliteSettings;
  readonly #database: DatabaseSync;
  readonly #table: string;
  readonly #request: WriteRequest;
  readonly #ctx: ConnectorContext;
  #columns: readonly TargetColumn[] = [];
  #insert: StatementSync | null = null;
  #emptied = false;
  #closed = false;

  private constructor(
    settings: SqliteSettings,
    database: DatabaseSync,
    table: string,
    request: WriteRequest,
    ctx: ConnectorContext,
  ) {
    this.#settings = settings;
    this.#database = database;
    this.#table = table;
    this.#request = request;
    this.#ctx = ctx;
  }

  static async open(settings: SqliteSettings, ctx: ConnectorContext, request: WriteRequest): Promise<SqliteWriter> {
    if (request.stream === undefined) {
      throw new HeadgateError('invalid_settings', 'a destination of connector sqlite needs `stream`', {
        hint: 'stream: the name of a table',
      });
    }
    ctx.signal.throwIfAborted();
    const database = await openDatabase(settings, ctx, 'destination_failed');
    return new SqliteWriter(settings, database, request.stream, request, ctx);
  }

  async load(input: LoadInput): Promise<number> {
    const relation = `read_parquet(${quotePath(input.parquet)}, hive_partitioning = false)`;
    if (this.#request.mode === 'upsert') await this.#refuseNullKeys(input, relation);
    const insert = await this.#whenFree(() => this.#begin());
    await this.#refuseChanges(input, relation);
    const values = this.#columns.map(({ name, incoming }) => storedValue(incoming, quoteName(name)));
    const result = await input.duck.stream(`SELECT ${values.join(', ')} FROM ${relation}`);
    let rows = 0;
    for await (const chunk of result.yieldRowsJs()) {
      this.#ctx.signal.throwIfAborted();
      this.#guard(() => {
        for (const row of chunk) insert.run(...(row as SQLInputValue[]));
      });
      rows += chunk.length;
      this.#ctx.progress(chunk.length);
    }
    this.#ctx.signal.throwIfAborted();
    return rows;
  }

  async write(batch: readonly Row[]): Promise<readonly FailedRecord[]> {
    this.#ctx.signal.throwIfAborted();
    const failed: FailedRecord[] = [];
    const insert = await this.#whenFree(() => this.#begin());
    this.#guard(() => {
      for (const [index, row] of batch.entries()) {
        try {
          if (this.#request.mode === 'upsert') this.#refuseNullKey(row);
          insert.run(...this.#columns.map(({ name }) => bindable(row[name])));
        } catch (error) {
          if (!isRefusal(error) && !(error instanceof HeadgateError)) throw error;
          failed.push({ index, reason: messageOf(error), retryable: false });
        }
      }
    });
    return failed;
  }

  async commit(): Promise<void> {
    await this.#whenFree(() => this.#begin());
    await this.#whenFree(() => this.#database.exec('COMMIT'));
    this.#insert = null;
  }

  async abort(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  /** The transaction begins with the first record after a commit. */
  #begin(): StatementSync {
    if (this.#insert !== null) return this.#insert;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#columns = ensureTable(this.#database, this.#table, this.#request);
    if (this.#request.mode === 'overwrite' && !this.#emptied)
      this.#database.exec(`DELETE FROM ${quoteName(this.#table)}`);
    this.#emptied = true;
    this.#insert = this.#database.prepare(insertStatement(this.#table, this.#columns, this.#request));
    return this.#insert;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, 'destination_failed', `table '${this.#table}'`);
    }
  }

  async #whenFree<T>(work: () => T): Promise<T> {
    try {
      return await whenFree(this.#settings, this.#ctx, work);
    } catch (error) {
      this.#ctx.signal.throwIfAborted();
      throw sqliteError(error, 'destination_failed', `table '${this.#table}'`);
    }
  }

  async #refuseChanges(input: LoadInput, relation: string): Promise<void> {
    for (const column of this.#columns) {
      const changed = changedValues(column);
      if (changed === null) continue;
      const reader = await input.duck.runAndReadAll(`SELECT count(*) FROM ${relation} WHERE ${changed}`);
      const count = Number(reader.getRows()[0]?.[0]);
      if (count === 0) continue;
      throw new HeadgateError(
        'destination_failed',
        `column '${column.name}' is declared ${column.declared}, which would change ${count} values of type ${column.incoming.base}`,
        { hint: 'declare the column as TEXT, or add a transform that casts it to what the column is' },
      );
    }
  }

  async #refuseNullKeys(input: LoadInput, relation: string): Promise<void> {
    const isNull = this.#request.key.map((name) => `${quoteName(name)} IS NULL`).join(' OR ');
    const reader = await input.duck.runAndReadAll(`SELECT count(*) FROM ${relation} WHERE ${isNull}`);
    if (Number(reader.getRows()[0]?.[0]) > 0) throw nullKey(this.#request.key);
  }

  #refuseNullKey(row: Row): void {
    const { key } = this.#request;
    if (key.some((name) => row[name] === null || row[name] === undefined)) throw nullKey(key);
  }
}

const nullKey = (key: readonly string[]): HeadgateError =>
  new HeadgateError('destination_failed', `the key (${key.join(', ')}) is null in some records`, {
    hint: 'filter them out, or choose a key that every record has',
  });

/** What SQLite can store of a value of JavaScript; structures as JSON. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value;
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? String(member) : member));
}
