/**
 * The stream form of the destination: one transaction for each batch. A batch whose COMMIT was not answered may be there
 * and come again; `upsert` makes that harmless.
 */
import { parseDuration } from '../../../foundation/time.ts';
import { abortable } from '../../abortable.ts';
import type {
  ConnectorContext,
  FailedRecord,
  StreamRecord,
  StreamWriteRequest,
  StreamWriter,
  StreamWriteResult,
} from '../../ports.ts';
import type { TableName } from '../relational/names.ts';
import { Session } from './session.ts';
import type { PostgresSettings } from './settings.ts';
import { streamError } from './stream-errors.ts';
import { putAll } from './stream-put.ts';
import { arrivingIn, fitTable, misfits, type KnownColumns } from './stream-table.ts';
import { unitsOf, type Unit } from './stream-units.ts';

/** How long one statement may take where the settings say nothing. */
const STATEMENT_TIMEOUT = '60s';
/** How much later than the server we lose patience, in milliseconds: it may be gone without a word. */
const SILENCE_MS = 5000;

export class PostgresStreamWriter implements StreamWriter {
  readonly #settings: PostgresSettings;
  readonly #ctx: ConnectorContext;
  readonly #table: TableName;
  readonly #request: StreamWriteRequest;
  readonly #silenceMs: number;
  /** Connections that stand ready: as many as there were writes at the same time. */
  readonly #ready: Session[] = [];
  readonly #busy = new Set<Session>();
  /** The table as the last committed batch left it; null: look again. */
  #known: KnownColumns | null = null;
  #closed = false;

  constructor(settings: PostgresSettings, ctx: ConnectorContext, table: TableName, request: StreamWriteRequest) {
    const statementTimeout = settings.statementTimeout ?? STATEMENT_TIMEOUT;
    this.#settings = { ...settings, statementTimeout };
    this.#silenceMs = parseDuration(statementTimeout) + SILENCE_MS;
    this.#ctx = ctx;
    this.#table = table;
    this.#request = request;
  }

  async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    signal.throwIfAborted();
    if (records.length === 0) return { failed: [] };
    const rows = records.map(({ row }) => row);
    const failed: FailedRecord[] = [];
    const units = unitsOf(rows, this.#request, failed);
    if (units.length === 0) return { failed };
    const session = await this.#connect(signal);
    const silence = setTimeout(session.cut, this.#silenceMs);
    signal.addEventListener('abort', session.cut, { once: true });
    try {
      if (signal.aborted) session.cut();
      await session.guard(`table ${this.#table.sql}`, async () => {
        const columns = await this.#put(session, units, rows, failed, () => silence.refresh());
        // From here on the answer is waited for: a batch that counts as failed should be one that did not happen.
        signal.removeEventListener('abort', session.cut);
        signal.throwIfAborted();
        await session.commit();
        this.#known = columns;
      });
      this.#giveBack(session);
    } catch (error) {
      this.#known = null;
      this.#busy.delete(session);
      session.cut();
      await session.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', session.cut);
    }
    return { failed: failed.sort((a, b) => a.index - b.index) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#busy) session.cut();
    await Promise.all(this.#ready.splice(0).map((session) => session.close()));
  }

  async #put(
    session: Session,
    units: readonly Unit[],
    rows: readonly StreamRecord['row'][],
    failed: FailedRecord[],
    tick: () => void,
  ): Promise<KnownColumns> {
    await session.begin();
    // A constraint that is checked at the end would fail the batch, where the record should be named.
    await session.query('SET CONSTRAINTS ALL IMMEDIATE');
    tick();
    const arriving = arrivingIn(units);
    const columns = await fitTable(session, this.#table, this.#request, this.#known, arriving);
    const reasons = misfits(units, columns, arriving, this.#request);
    const fitting: Unit[] = [];
    for (const [at, unit] of units.entries()) {
      const reason = reasons[at]!;
      if (reason === null) fitting.push(unit);
      else fitting.push(...this.#separate(unit, rows, columns, reason, failed));
    }
    await putAll({ session, table: this.#table, request: this.#request, columns, rows, failed, tick }, fitting);
    return columns;
  }

  /** Of records that became one row, those that fit by themselves. */
  #separate(
    unit: Unit,
    rows: readonly StreamRecord['row'][],
    columns: KnownColumns,
    reason: string,
    failed: FailedRecord[],
  ): readonly Unit[] {
    const singles = unit.indexes.map((index) => ({ row: rows[index]!, indexes: [index] }));
    const reasons = singles.length === 1 ? [reason] : misfits(singles, columns, arrivingIn(singles), this.#request);
    const kept = singles.filter((_single, at) => reasons[at] === null);
    for (const [at, { indexes }] of singles.entries()) {
      const why = reasons[at];
      if (why !== null && why !== undefined) failed.push({ index: indexes[0]!, reason: why, retryable: false });
    }
    if (kept.length === 0) return [];
    const row = kept.reduce((merged, single) => ({ ...merged, ...single.row }), {});
    return [{ row, indexes: kept.flatMap(({ indexes }) => indexes) }];
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    for (let session = this.#ready.pop(); session !== undefined; session = this.#ready.pop()) {
      if (session.open) return this.#take(session);
      await session.close();
    }
    const opening = Session.open(this.#settings, this.#ctx, 'destination_failed', streamError);
    try {
      return this.#take(await abortable(opening, signal));
    } catch (error) {
      // One that comes up after an abort is nobody's.
      void opening.then(
        (session) => session.close(),
        () => undefined,
      );
      throw error;
    }
  }

  #take(session: Session): Session {
    this.#busy.add(session);
    if (this.#closed) session.cut();
    return session;
  }

  #giveBack(session: Session): void {
    this.#busy.delete(session);
    if (this.#closed) void session.close();
    else this.#ready.push(session);
  }
}
