/**
 * The record form of the destination: batches are copied within one transaction, which `commit` ends. A batch that the
 * server refuses is halved until the records at fault stand alone.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FailedRecord, RecordWriter, Row, WriteRequest } from '../../ports.ts';
import { encodeRows } from './encode-value.ts';
import { explain, isRefusal } from './errors.ts';
import { createStaging, empty, upsertStatement } from './load.ts';
import type { TableName } from '../relational/names.ts';
import type { Session } from './session.ts';
import { ensureTable, type Records, type TargetColumn } from './table.ts';

/** Records that come later are not known yet: texts may be long, and numbers inexact; the server then refuses them. */
const UNKNOWN: Records = { longest: async () => 0, inexact: async () => 0 };

interface Batch {
  readonly rows: readonly Row[];
  /** Position of each row in the batch that was handed over. */
  readonly indexes: readonly number[];
}

export class PostgresWriter implements RecordWriter {
  readonly #session: Session;
  readonly #table: TableName;
  readonly #request: WriteRequest;
  #columns: readonly TargetColumn[] | null = null;
  #emptied = false;

  constructor(session: Session, table: TableName, request: WriteRequest) {
    this.#session = session;
    this.#table = table;
    this.#request = request;
  }

  async write(batch: readonly Row[]): Promise<readonly FailedRecord[]> {
    return this.#session.guard(`table ${this.#table.sql}`, async () => {
      await this.#begin();
      const failed: FailedRecord[] = [];
      await this.#put(this.#prepare(batch, failed), failed);
      return failed.sort((a, b) => a.index - b.index);
    });
  }

  async commit(): Promise<void> {
    await this.#session.guard(`table ${this.#table.sql}`, async () => {
      // An overwrite without records still leaves an empty table.
      await this.#begin();
      await this.#session.commit();
      this.#columns = null;
    });
  }

  async abort(): Promise<void> {
    await this.#session.close();
  }

  /** The transaction begins with the first batch after a commit. */
  async #begin(): Promise<void> {
    if (this.#columns !== null) return;
    await this.#session.begin();
    const columns = await ensureTable(this.#session, this.#table, this.#request, UNKNOWN);
    if (this.#request.mode === 'overwrite' && !this.#emptied) await empty(this.#session, this.#table);
    if (this.#request.mode === 'upsert') await createStaging(this.#session, this.#table, columns);
    this.#emptied = true;
    this.#columns = columns;
  }

  /** For upsert: the last of equal keys, and no null keys. */
  #prepare(rows: readonly Row[], failed: FailedRecord[]): Batch {
    const { mode, key } = this.#request;
    const indexes = rows.map((_row, index) => index);
    if (mode !== 'upsert') return { rows, indexes };
    const last = new Map<string, number>();
    for (const [index, row] of rows.entries()) {
      const values = key.map((name) => row[name]);
      if (values.some((value) => value === null || value === undefined)) {
        failed.push({ index, reason: `the key (${key.join(', ')}) is null`, retryable: false });
      } else {
        last.set(values.map((value) => JSON.stringify(String(value))).join(), index);
      }
    }
    const kept = [...last.values()].sort((a, b) => a - b);
    return { rows: kept.map((index) => rows[index]!), indexes: kept };
  }

  async #put(batch: Batch, failed: FailedRecord[]): Promise<void> {
    if (batch.rows.length === 0) return;
    await this.#session.query('SAVEPOINT batch');
    try {
      await this.#copy(batch.rows);
      await this.#session.query('RELEASE SAVEPOINT batch');
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#session.query('ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch');
      if (batch.rows.length === 1) {
        failed.push({ index: batch.indexes[0]!, reason: explain(error), retryable: false });
        return;
      }
      const half = Math.ceil(batch.rows.length / 2);
      await this.#put({ rows: batch.rows.slice(0, half), indexes: batch.indexes.slice(0, half) }, failed);
      await this.#put({ rows: batch.rows.slice(half), indexes: batch.indexes.slice(half) }, failed);
    }
  }

  async #copy(rows: readonly Row[]): Promise<void> {
    const columns = this.#columns!;
    const upsert = this.#request.mode === 'upsert';
    const into = upsert ? 'pg_temp.headgate_staging' : this.#table.sql;
    const list = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
    const text = Buffer.from(encodeRows(rows, columns));
    await pipeline(Readable.from([text]), this.#session.copyIn(`COPY ${into} (${list}) FROM STDIN`));
    if (!upsert) return;
    await this.#session.query(upsertStatement(this.#table, into, columns, this.#request.key));
    await this.#session.query(`TRUNCATE ${into}`);
  }
}
