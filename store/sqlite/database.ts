import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import { isBusy, storeError } from './errors.ts';
import { ChangeFeed } from './watch.ts';

/** How long SQLite itself waits for a lock. Short, because the event loop stands still meanwhile. */
const LOCK_WAIT_MS = 100;
const BUSY_BACKOFF = { initial: 2, max: 50, jitter: true };

/** Page cache of a connection in KiB. */
const CACHE_KIB = 8192;
/** The write-ahead log is cut back to this size once it has been written into the file, in bytes. */
const WAL_KEEP_BYTES = 64 * 1024 * 1024;

export interface DatabaseOptions {
  /** How long a call is tried again while others hold the lock, before it fails with `unavailable`. Milliseconds. */
  readonly busyLimitMs?: number;
  /** Of a file that is new, in bytes. */
  readonly pageSize?: number;
  /** How long the write-ahead log gets before it is written into the file, in pages. */
  readonly checkpointPages?: number;
}

const PAGE_SIZE = 4096;
const CHECKPOINT_PAGES = 1000;

const BUSY_LIMIT_MS = 10_000;

/** Writes that share a transaction at the most: others wait for the lock meanwhile. */
const MAX_GROUP = 256;

/** Parameters by name, without their prefix. */
export type Params = Record<string, SQLInputValue>;

/** A prepared statement whose rows have the shape `R`: the caller vouches for it, since it wrote the SQL. */
export interface Statement<R> {
  get(params?: Params): R | undefined;
  all(params?: Params): R[];
  /** Answers how many rows changed. */
  run(params?: Params): number;
}

/** A write that waits for its turn. */
interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection to the SQLite file, safe beside any number of others in this and other processes.
 *
 * WAL with `synchronous=FULL`: when `write` resolves, what it did is on disk. Writes are carried out in the order they were
 * made, and those that wait at the same time share one transaction, and so one wait for the disk (group commit).
 */
export class Database {
  readonly path: string;
  readonly changes: ChangeFeed;
  readonly #busyLimitMs: number;
  readonly #connection: DatabaseSync;
  readonly #version: StatementSync;
  readonly #statements = new Map<string, Statement<unknown>>();
  #waiting: Waiting[] = [];
  #flushing = false;

  /** Opens or creates the file; throws SQLite's own errors. `openSqlite` is the way in. */
  constructor(path: string, options: DatabaseOptions = {}) {
    this.path = path;
    this.#busyLimitMs = options.busyLimitMs ?? BUSY_LIMIT_MS;
    this.#connection = new DatabaseSync(path, { timeout: LOCK_WAIT_MS, enableForeignKeyConstraints: true });
    try {
      this.#connection.exec(
        `PRAGMA page_size = ${options.pageSize ?? PAGE_SIZE};
         PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB};
         PRAGMA wal_autocheckpoint = ${options.checkpointPages ?? CHECKPOINT_PAGES};
         PRAGMA journal_size_limit = ${WAL_KEEP_BYTES}; PRAGMA trusted_schema = OFF`,
      );
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    this.#version = this.#connection.prepare('PRAGMA data_version');
    this.changes = new ChangeFeed(() => this.version());
  }

  /** A number that differs once another connection has written. */
  version(): number {
    return Number(this.#version.get()!['data_version']);
  }

  /** The statement for this SQL, prepared the first time it is asked for. */
  prepare<R = never>(sql: string): Statement<R> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = wrap(this.#connection.prepare(sql));
      this.#statements.set(sql, statement);
    }
    return statement as Statement<R>;
  }

  /** Runs SQL that is not worth keeping: migrations. */
  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Runs one statement that only reads: it sees one snapshot by itself, and costs a third of `read`. */
  query<T>(statement: () => T): Promise<T> {
    return this.#attempt(statement);
  }

  /** Runs `work`, which only reads, on one snapshot. May run it again when others hold the lock. */
  read<T>(work: () => T): Promise<T> {
    return this.#attempt(() => this.#transaction('BEGIN', work));
  }

  /**
   * Runs `work` as one: all of it is durable when this resolves, and nothing of it stays when it rejects. May run it again
   * when others hold the lock, so it must touch nothing but the database.
   */
  write<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // Whatever else this turn of the event loop wants to write comes along.
      setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_GROUP);
      try {
        const outcomes = await this.#attempt(() => this.#transaction('BEGIN IMMEDIATE', () => this.#group(batch)));
        this.changes.notify();
        batch.forEach((waiting, index) => settle(waiting, outcomes[index]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = false;
  }

  /** Runs each on a savepoint of its own: one that fails takes back only what it did itself. */
  #group(batch: readonly Waiting[]): Outcome[] {
    return batch.map(({ work }): Outcome => {
      this.#connection.exec('SAVEPOINT item');
      try {
        const result = work();
        this.#connection.exec('RELEASE item');
        return { ok: true, result };
      } catch (error) {
        // A full disk or a lost lock ends the whole transaction, and so the whole group.
        if (!this.#connection.isTransaction || isBusy(error)) throw error;
        this.#connection.exec('ROLLBACK TO item; RELEASE item');
        return { ok: false, error: storeError(error, this.path) };
      }
    });
  }

  close(): void {
    this.changes.close();
    if (this.#connection.isOpen) this.#connection.close();
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.#connection.exec(begin);
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  async #attempt<T>(call: () => T): Promise<T> {
    const end = performance.now() + this.#busyLimitMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return call();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw storeError(error, this.path);
      }
      await sleep(backoffDelay(BUSY_BACKOFF, attempt));
    }
  }
}

type Outcome = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: unknown };

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.result);
  else reject(outcome.error);
}

function wrap(statement: StatementSync): Statement<unknown> {
  return {
    get: (params = {}) => statement.get(params),
    all: (params = {}) => statement.all(params),
    run: (params = {}) => Number(statement.run(params).changes),
  };
}
