/** What the engine does around a connector, reduced to what the suite needs: DuckDB, scratch folders, a context. */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { WriteMode } from '../../../crds/index.ts';
import type { Column, Connector, ConnectorContext, Extract, LoadInput, ReadRequest, Row } from '../../ports.ts';
import type { Job } from '../../engine/job.ts';
import { stageInferred } from '../../engine/stage-inferred.ts';
import { stageTyped } from '../../engine/stage-typed.ts';
import { resolveFiles } from '../../paths.ts';
import type { Place, Subject } from '../suite.ts';

export interface Input extends LoadInput {
  readonly columns: readonly Column[];
}

export interface Write {
  readonly mode: WriteMode;
  readonly key?: readonly string[];
  readonly signal?: AbortSignal;
}

export class SuiteEngine {
  readonly duck: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #folder: string;
  #count = 0;

  private constructor(instance: DuckDBInstance, duck: DuckDBConnection, folder: string) {
    this.#instance = instance;
    this.duck = duck;
    this.#folder = folder;
  }

  static async start(): Promise<SuiteEngine> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    const duck = await instance.connect();
    await duck.run("SET TimeZone = 'UTC'");
    return new SuiteEngine(instance, duck, await mkdtemp(join(tmpdir(), 'headgate-suite-')));
  }

  async stop(): Promise<void> {
    this.duck.closeSync();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A new name, for tables and files. */
  name(prefix: string): string {
    return `${prefix}_${++this.#count}`;
  }

  async folder(): Promise<string> {
    const path = join(this.#folder, this.name('folder'));
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Runs `work` in an empty place, and gives it back. */
  async within<T>(subject: Subject, work: (place: Place, folder: string) => Promise<T>): Promise<T> {
    const folder = await this.folder();
    const place = await subject.place(folder);
    try {
      return await work(place, folder);
    } finally {
      await place.close();
    }
  }

  async context(folder: string, signal?: AbortSignal): Promise<ConnectorContext> {
    return {
      signal: signal ?? AbortSignal.timeout(60_000),
      log: () => undefined,
      scratch: await this.folder(),
      resolvePath: (path) => (isAbsolute(path) ? path : join(folder, path)),
      resolveFiles: (path) => resolveFiles({ dataDir: folder, allowPaths: [folder], files: {} }, join(folder, path)),
      retry: (_what, work) => work(),
      progress: () => undefined,
      network: { allow: ['127.0.0.0/8', '::1/128'] },
    };
  }

  /** The Parquet file that the transform stage would have made of `select`. */
  async input(select: string): Promise<Input> {
    const parquet = join(await this.folder(), 'result.parquet');
    await this.duck.run(`COPY (${select}) TO '${parquet}' (FORMAT parquet)`);
    const relation = `read_parquet('${parquet}')`;
    const rows = Number(await this.value(`SELECT count(*) FROM ${relation}`));
    return { parquet, relation, rows, duck: this.duck, columns: await this.columns(relation) };
  }

  /** Loads as the batch engine does: by `load`, or record by record where there is none. Answers the rows loaded. */
  async write(connector: Connector, place: Place, folder: string, input: Input, write: Write): Promise<number> {
    const ctx = await this.context(folder, write.signal);
    const destination = connector.destination!(settingsOf(connector, place.settings), ctx);
    const request = {
      stream: place.stream,
      mode: write.mode,
      key: write.key ?? [],
      columns: input.columns,
      runId: this.name('run'),
    };
    if (destination.load !== undefined) return destination.load(request, input);
    const writer = await destination.open!(request);
    try {
      const rows = await this.rows(input.relation);
      for (let at = 0; at < rows.length; at += 1000) {
        const failed = await writer.write(rows.slice(at, at + 1000));
        if (failed.length > 0) throw new Error(`refused: ${failed[0]!.reason}`);
      }
      await writer.commit();
      return rows.length;
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** Reads the place into a table by the connector's source, and answers the table's name. */
  async extract(
    connector: Connector,
    place: Pick<Place, 'settings' | 'stream'>,
    folder: string,
    request: Partial<ReadRequest> = {},
  ): Promise<string> {
    const source = connector.source!(settingsOf(connector, place.settings), await this.context(folder));
    const extract = await source.open({ stream: place.stream, ...request, duck: this.duck });
    const table = this.name('extracted');
    const relation = extract.form === 'sql' ? extract.relation : await this.#append(extract);
    const { incremental } = request;
    const rest =
      extract.filtered || incremental === undefined || incremental.after === null
        ? ''
        : ` WHERE "${incremental.cursor}" > CAST('${incremental.after}' AS ${incremental.type})`;
    await this.duck.run(`CREATE TABLE ${table} AS SELECT * FROM ${relation}${rest}`);
    return table;
  }

  /** What the place holds, as a table: by the place's own means, else by the connector's source. */
  async held(connector: Connector, place: Place, folder: string): Promise<string> {
    if (place.read === undefined) return this.extract(connector, place, folder);
    const table = this.name('held');
    await this.duck.run(`CREATE TABLE ${table} AS SELECT * FROM ${await place.read(this.duck)}`);
    return table;
  }

  async columns(relation: string): Promise<Column[]> {
    const reader = await this.duck.runAndReadAll(`DESCRIBE SELECT * FROM ${relation}`);
    return reader
      .getRowObjects()
      .map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  }

  async value(select: string): Promise<unknown> {
    return (await this.duck.runAndReadAll(select)).getRows()[0]?.[0];
  }

  async rows(relation: string): Promise<Row[]> {
    return this.#rows(`SELECT * FROM ${relation}`);
  }

  /** Stages records as the batch engine does. */
  async #append(extract: Extract & { form: 'rows' }): Promise<string> {
    const job = {
      duck: { connection: this.duck, run: (sql: string) => this.duck.run(sql), rows: (sql: string) => this.#rows(sql) },
      signal: AbortSignal.timeout(60_000),
      scratch: await this.folder(),
      progress: { add: () => undefined },
    } as unknown as Job;
    const table = this.name('staged');
    if (extract.columns !== undefined) return stageTyped(job, extract.columns, extract.batches, table, Infinity);
    const staged = await stageInferred(job, extract.batches, table, Infinity);
    return staged ?? '(SELECT NULL AS nothing WHERE false)';
  }

  async #rows(sql: string): Promise<Row[]> {
    return (await this.duck.runAndReadAll(sql)).getRowObjectsJS();
  }
}

/** Settings with defaults filled in, as they reach a connector; throws when they do not validate. */
export function settingsOf(connector: Connector, settings: Record<string, unknown>): Record<string, unknown> {
  const filled = structuredClone(settings);
  const errors = settingsErrors(connector, filled);
  if (errors.length > 0) throw new Error(`settings of the case do not validate: ${JSON.stringify(errors)}`);
  return filled;
}

/** What the schema has against `settings`; fills defaults in. */
export function settingsErrors(connector: Connector, settings: Record<string, unknown>): readonly ErrorObject[] {
  const validate = new Ajv({ useDefaults: true, strict: false, allErrors: true, validateFormats: false }).compile(
    connector.settings,
  );
  return validate(settings) ? [] : (validate.errors ?? []);
}
