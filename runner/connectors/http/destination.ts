import { createHash } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';
import { sleep } from '../../../foundation/time.ts';
import type { ConnectorContext, Destination, FailedRecord, RecordWriter, Row, WriteRequest } from '../../ports.ts';
import { checkedHeaders } from './auth.ts';
import { discard, type HttpClient } from './client.ts';
import { contentTypeOf, encodeBatch } from './encode.ts';
import { createPacer, type Pacer } from './rate.ts';
import type { HttpSettings } from './settings.ts';
import { statusError } from './status.ts';
import { clientOf, maxRetryAfter, targetOf, type Target } from './target.ts';

// These speak of the connection or its settings, never of single records: going on with other records cannot help.
const NOT_THE_RECORDS = new Set([401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426, 431, 451]);

/**
 * Sends records as they come. HTTP knows no transaction: what the server has accepted stays there when a later part of
 * the run fails. The idempotency header lets it recognise what is sent again.
 */
export function httpDestination(settings: HttpSettings, ctx: ConnectorContext): Destination {
  return {
    async open(request: WriteRequest): Promise<RecordWriter> {
      const target = targetOf(settings, request.stream);
      checkedHeaders({ [settings.write?.idempotencyHeader ?? 'Idempotency-Key']: request.runId });
      return new HttpWriter(settings, ctx, target, request.runId, await clientOf(settings, ctx, 'destination_failed'));
    },
    stream: async (request) => (await import('./stream-writer.ts')).openStreamWriter(settings, ctx, request),
  };
}

class HttpWriter implements RecordWriter {
  readonly #settings: HttpSettings;
  readonly #ctx: ConnectorContext;
  readonly #target: Target;
  readonly #runId: string;
  readonly #client: HttpClient;
  readonly #pacer: Pacer;
  #accepted = 0;
  /** When the server wants to hear from us again, in milliseconds of `performance.now()`. */
  #notBefore = 0;

  constructor(settings: HttpSettings, ctx: ConnectorContext, target: Target, runId: string, client: HttpClient) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#target = target;
    this.#runId = runId;
    this.#client = client;
    this.#pacer = createPacer(settings.requestsPerSecond);
  }

  async write(batch: readonly Row[]): Promise<readonly FailedRecord[]> {
    const size = this.#settings.write?.body === 'single' ? 1 : (this.#settings.write?.batchSize ?? 100);
    const failed: FailedRecord[] = [];
    for (let start = 0; start < batch.length; start += size) {
      const part = batch.slice(start, start + size);
      const error = await this.#send(part);
      if (error === null) continue;
      // Nothing of the batch is there yet: all of it can be tried again, after the wait that the server asked for.
      if (error.retryable && start === 0) throw error;
      // Otherwise only what was not accepted: the rest is left for the next try, since the server asked for a pause.
      const end = error.retryable ? batch.length : start + part.length;
      for (let index = start; index < end; index++) {
        failed.push({ index, reason: error.message, retryable: error.retryable });
      }
      if (error.retryable) break;
    }
    return failed;
  }

  async commit(): Promise<void> {
    await this.#client.close();
  }

  async abort(): Promise<void> {
    await this.#client.close();
  }

  /** Null when the server accepted the part. Throws what no other part could escape either. */
  async #send(part: readonly Row[]): Promise<HeadgateError | null> {
    const body = encodeBatch(part, this.#settings.write);
    await sleep(Math.max(0, this.#notBefore - performance.now()), this.#ctx.signal);
    await this.#pacer(this.#ctx.signal);
    try {
      const answer = await this.#client.send(
        {
          method: this.#settings.write?.method ?? 'POST',
          url: this.#target.url,
          headers: {
            'content-type': contentTypeOf(this.#settings.write),
            ...this.#target.headers,
            [this.#settings.write?.idempotencyHeader ?? 'Idempotency-Key']: this.#key(body),
          },
          body,
        },
        this.#ctx.signal,
      );
      if (answer.status >= 200 && answer.status <= 299) {
        await discard(answer);
        this.#accepted += 1;
        return null;
      }
      const error = statusError(answer, 'destination_failed', maxRetryAfter(this.#settings));
      this.#notBefore = performance.now() + (error.retryAfter ?? 0) * 1000;
      if (answer.status < 400 || NOT_THE_RECORDS.has(answer.status)) throw error;
      return error;
    } catch (error) {
      if (error instanceof HeadgateError && error.retryable) return error;
      throw error;
    }
  }

  // The count alone would give other records the key of a failed request; the digest alone would make two requests
  // with equal records one.
  #key(body: string): string {
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 16);
    return `${this.#runId}-${this.#accepted}-${digest}`;
  }
}
