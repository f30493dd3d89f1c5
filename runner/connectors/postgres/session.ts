/** One connection to a server, tied to the signal of the run: an abort cuts it, and the server rolls back. */
import type { Client, QueryResult, QueryResultRow } from 'pg';
import type { CopyStreamQuery, CopyToStreamQuery, from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { parseDuration } from '../../../foundation/time.ts';
import type { ConnectorContext } from '../../ports.ts';
import { postgresError, type AsError, type Side } from './errors.ts';
import type { PostgresSettings } from './settings.ts';
import { targetOf, type Target } from './target.ts';

/** Size of the pieces that COPY reads and writes, in bytes. */
const COPY_CHUNK_BYTES = 256 * 1024;

/** How long the server may take to answer COMMIT. */
const COMMIT_MS = 60_000;

/** What every transaction needs so that texts mean the same on both sides. */
const TEXT_FORMATS = [
  "TimeZone = 'UTC'",
  "DateStyle = 'ISO, YMD'",
  "IntervalStyle = 'postgres'",
  "bytea_output = 'hex'",
  'extra_float_digits = 1',
  'standard_conforming_strings = on',
];

interface CopyStatements {
  readonly from: typeof copyFrom;
  readonly to: typeof copyTo;
}

export class Session {
  readonly #client: Client;
  readonly #copy: CopyStatements;
  readonly #signal: AbortSignal;
  readonly #side: Side;
  readonly #secrets: readonly string[];
  readonly #settings: PostgresSettings;
  readonly #asError: AsError;
  #ended = false;
  /** Breaks the connection: what is under way fails, and the server rolls back. */
  readonly cut: () => void;

  private constructor(
    client: Client,
    copy: CopyStatements,
    settings: PostgresSettings,
    ctx: ConnectorContext,
    side: Side,
    asError: AsError,
  ) {
    this.#client = client;
    this.#copy = copy;
    this.#settings = settings;
    this.#signal = ctx.signal;
    this.#side = side;
    this.#asError = asError;
    this.#secrets = secretsOf(settings);
    this.cut = () => client.connection.stream.destroy();
    const ended = (): void => void (this.#ended = true);
    // What breaks a connection is told before its end, and nothing can be asked from then on.
    client.once('error', ended).once('end', ended);
    ctx.signal.addEventListener('abort', this.cut, { once: true });
    if (ctx.signal.aborted) this.cut();
  }

  /**
   * Connects. Private and loopback addresses are allowed: databases live there, and their protocol gives nobody a way
   * to read what other services answer. Throws `invalid_settings`, or `side` with `retryable` where that is so.
   */
  static async open(
    settings: PostgresSettings,
    ctx: ConnectorContext,
    side: Side,
    asError: AsError = postgresError,
  ): Promise<Session> {
    ctx.signal.throwIfAborted();
    const target = targetOf(settings);
    const { default: pg } = await import('pg');
    const { default: copy } = await import('pg-copy-streams');
    const connect = async (ssl: boolean): Promise<Session> => {
      const client = new pg.Client({
        host: target.host,
        port: target.port,
        ...(target.database === undefined ? {} : { database: target.database }),
        ...(target.user === undefined ? {} : { user: target.user }),
        // A function, so that neither ~/.pgpass nor the environment is looked at.
        password: () => target.password ?? '',
        ssl: ssl ? tlsOptions(target, settings) : false,
        connectionTimeoutMillis: target.connectTimeoutMs,
        application_name: settings.applicationName ?? 'headgate',
        keepAlive: true,
      });
      // A connection that breaks while idle makes the next statement fail; without a listener it would end the process.
      client.on('error', () => undefined);
      const session = new Session(client, copy, settings, ctx, side, asError);
      try {
        await client.connect();
        return session;
      } catch (error) {
        session.#release();
        throw error;
      }
    };
    try {
      return await connect(target.ssl !== 'disable').catch((error: Error) => {
        if (target.ssl === 'prefer' && /does not support SSL/.test(error.message)) return connect(false);
        throw error;
      });
    } catch (error) {
      ctx.signal.throwIfAborted();
      throw asError(error, side, `connecting to ${target.host}:${target.port}`, secretsOf(settings));
    }
  }

  /** Whether the connection stands, as far as this side knows. */
  get open(): boolean {
    return !this.#ended;
  }

  /** Begins a transaction; `mode` such as `ISOLATION LEVEL REPEATABLE READ READ ONLY`. */
  async begin(mode = ''): Promise<void> {
    const timeout = this.#settings.statementTimeout;
    const limit = timeout === undefined ? [] : [`statement_timeout = ${parseDuration(timeout)}`];
    await this.query(
      `BEGIN ${mode}; ${[...TEXT_FORMATS, ...limit].map((setting) => `SET LOCAL ${setting}`).join('; ')}`,
    );
  }

  /** Runs `text`. Throws what the server says as it comes, for callers that look at the state; see `guard`. */
  async query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    this.#signal.throwIfAborted();
    return values === undefined ? this.#client.query<R>(text) : this.#client.query<R>(text, [...values]);
  }

  /**
   * Commits. From here on an abort waits for the answer, so that a load that was cancelled is one that did not happen;
   * COMMIT_MS bounds the wait.
   */
  async commit(): Promise<void> {
    this.#signal.throwIfAborted();
    this.#signal.removeEventListener('abort', this.cut);
    const timer = setTimeout(this.cut, COMMIT_MS);
    try {
      await this.#client.query('COMMIT');
    } finally {
      clearTimeout(timer);
      this.#signal.addEventListener('abort', this.cut, { once: true });
    }
  }

  copyOut(text: string): CopyToStreamQuery {
    return this.#client.query(this.#copy.to(text, { highWaterMark: COPY_CHUNK_BYTES }));
  }

  copyIn(text: string): CopyStreamQuery {
    return this.#client.query(this.#copy.from(text, { highWaterMark: COPY_CHUNK_BYTES }));
  }

  /** Runs `work`; what it throws becomes an error of Headgate, or the signal's reason after an abort. */
  async guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#signal.throwIfAborted();
      throw this.#asError(error, this.#side, what, this.#secrets);
    }
  }

  /** Ends the connection; what is not committed is rolled back. Safe at any moment, and twice. */
  async close(): Promise<void> {
    const idle = this.#client.getTransactionStatus() === 'I' && !this.#signal.aborted;
    if (idle) await this.#client.end().catch(() => undefined);
    this.#release();
  }

  #release(): void {
    this.#signal.removeEventListener('abort', this.cut);
    this.cut();
  }
}

function tlsOptions({ ssl, host }: Target, settings: PostgresSettings): { rejectUnauthorized: boolean; ca?: string } {
  const ca = settings.sslCa === undefined ? {} : { ca: settings.sslCa };
  return { rejectUnauthorized: ssl === 'verify-full', ...ca, ...(host === '' ? {} : { host }) };
}

/** Texts that must not stand in a message. */
export function secretsOf(settings: PostgresSettings): readonly string[] {
  const secrets = [settings.password, settings.url];
  if (settings.url !== undefined && URL.canParse(settings.url)) {
    const { password } = new URL(settings.url);
    secrets.push(password, safeDecode(password));
  }
  return secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
