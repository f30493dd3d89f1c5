import type {
  ConnectorContext,
  FailedRecord,
  Row,
  StreamRecord,
  StreamWriter,
  StreamWriteResult,
} from '../../ports.ts';
import { abortable } from '../../abortable.ts';
import { encodeJson } from '../http/encode.ts';
import { connect, guard, type Connection } from './connection.ts';
import type { RedisStreamSettings } from './settings.ts';

/**
 * Adds the records of a batch in one transaction: all are there or none. When the answer is lost they may be there, and
 * come again: `event_id` tells. It is the writer of batch pipelines too, where what was added stays when the run fails.
 */
export class RedisStreamWriter implements StreamWriter {
  readonly #settings: RedisStreamSettings;
  readonly #ctx: ConnectorContext;
  readonly #key: string;
  #connection: Promise<Connection> | null = null;
  readonly #closing = new AbortController();

  constructor(settings: RedisStreamSettings, ctx: ConnectorContext, key: string) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#key = key;
  }

  async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    const failed = await this.#addAll(
      records.map(({ row }) => row),
      signal,
      (index) => ['event_id', records[index]!.event.id, 'event_type', records[index]!.event.type],
    );
    return { failed };
  }

  /** Records without events. */
  async writeRows(rows: readonly Row[]): Promise<readonly FailedRecord[]> {
    return this.#addAll(rows, this.#ctx.signal, () => []);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the writer is closed'));
    const connection = this.#connection;
    this.#connection = null;
    (await connection?.catch(() => null))?.close();
  }

  async #addAll(
    rows: readonly Row[],
    signal: AbortSignal,
    more: (index: number) => readonly string[],
  ): Promise<readonly FailedRecord[]> {
    const all = AbortSignal.any([signal, this.#ctx.signal, this.#closing.signal]);
    all.throwIfAborted();
    const failed: FailedRecord[] = [];
    const entries: (readonly string[])[] = [];
    for (const [index, row] of rows.entries()) {
      const fields = this.#settings.write?.form === 'flat' ? flat(row) : ['data', encodeJson(row), ...more(index)];
      if (fields.length > 0) entries.push(fields);
      else failed.push({ index, reason: 'the record has no fields, and an entry needs one', retryable: false });
    }
    if (entries.length === 0) return failed;
    await guard('destination_failed', `stream '${this.#key}'`, all, async () => {
      const connection = await abortable(this.#connected(), all);
      try {
        await abortable(this.#add(connection, entries), all);
      } catch (error) {
        // What is still under way must not arrive after the engine has tried again.
        connection.close();
        throw error;
      }
    });
    return failed;
  }

  async #add({ client }: Connection, entries: readonly (readonly string[])[]): Promise<void> {
    const maxLength = this.#settings.write?.maxLength;
    const options = maxLength === undefined ? [] : ['MAXLEN', '~', String(maxLength)];
    const multi = client.multi();
    for (const fields of entries) multi.call('XADD', this.#key, ...options, '*', ...fields);
    const answers = await multi.exec();
    // Null: the transaction was given up, which happens with WATCH only.
    const error =
      answers === null ? new Error('the transaction was given up') : answers.find(([one]) => one !== null)?.[0];
    if (error !== undefined && error !== null) throw error;
  }

  /** One connection for all writes; a new one when it broke. */
  async #connected(): Promise<Connection> {
    const before = this.#connection;
    const made = await before?.catch(() => null);
    if (made?.open === true) return made;
    made?.close();
    // Another write has begun a new one meanwhile: a second would stay open beside it.
    if (this.#connection !== before) return this.#connected();
    const signal = AbortSignal.any([this.#ctx.signal, this.#closing.signal]);
    const making = connect({ settings: this.#settings, side: 'destination_failed', signal });
    this.#connection = making;
    return making;
  }
}

function flat(row: Row): readonly string[] {
  const fields: string[] = [];
  for (const name in row) {
    const value = row[name];
    if (value === null || value === undefined) continue;
    fields.push(name, typeof value === 'string' ? value : encodeJson(value));
  }
  return fields;
}
