/** The stream form of the destination: webhooks, one for each record, or records in batches. */
import { createHash } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import { DeliveryError, type Excerpts } from '../../delivery-error.ts';
import type { ConnectorContext, FailedRecord, StreamRecord, StreamWriteRequest, StreamWriter } from '../../ports.ts';
import { checkedHeaders } from './auth.ts';
import type { Answer, HttpClient } from './client.ts';
import { describeUrl } from './describe-url.ts';
import { contentTypeOf, encodeBatch } from './encode.ts';
import { excerptOf } from './excerpt.ts';
import { ParcelWriter, type ParcelSender } from './parcel-writer.ts';
import { createPacer, type Pacer } from './rate.ts';
import type { HttpSettings } from './settings.ts';
import { createSigner, type Signer } from './signing.ts';
import { clientOf, maxRetryAfter, targetOf, type Target } from './target.ts';
import { verdictOf } from './verdict.ts';

/** Characters of a body that are kept for the record of attempts. */
const KEPT_CHARACTERS = 2048;
export async function openStreamWriter(
  settings: HttpSettings,
  ctx: ConnectorContext,
  request: StreamWriteRequest,
): Promise<StreamWriter> {
  const target = targetOf(settings, request.stream);
  const signer = settings.signing === undefined ? null : createSigner(settings.signing);
  checkedHeaders({ [settings.write?.idempotencyHeader ?? 'Idempotency-Key']: 'x' });
  const connections = settings.write?.parallel ?? 1;
  const client = await clientOf(settings, ctx, 'destination_failed', { connections, raw: true });
  return new ParcelWriter(new HttpSender(settings, target, client, signer), ctx.signal);
}

class HttpSender implements ParcelSender {
  readonly parallel: number;
  readonly #settings: HttpSettings;
  readonly #target: Target;
  readonly #client: HttpClient;
  readonly #signer: Signer | null;
  readonly #pacer: Pacer;
  readonly #single: boolean;

  constructor(settings: HttpSettings, target: Target, client: HttpClient, signer: Signer | null) {
    this.#settings = settings;
    this.#target = target;
    this.#client = client;
    this.#signer = signer;
    this.#pacer = createPacer(settings.requestsPerSecond);
    this.#single = (settings.write?.per ?? 'record') === 'record' || settings.write?.body === 'single';
    this.parallel = this.#single ? (settings.write?.parallel ?? 1) : 1;
  }

  sizeOf(): number {
    return this.#single ? 1 : (this.#settings.write?.batchSize ?? 100);
  }

  /** Replays are marked by a header, so one request carries those of one replay, or live events. */
  groupOf({ event }: StreamRecord): string | null {
    return event.replay;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async send(
    parcel: readonly StreamRecord[],
    signal: AbortSignal,
  ): Promise<{ failed: readonly FailedRecord[]; excerpts: Excerpts }> {
    await this.#pacer(signal);
    const write = this.#single ? { ...this.#settings.write, body: 'single' as const } : this.#settings.write;
    const body = encodeBatch(
      parcel.map(({ row }) => row),
      write,
    );
    const method = write?.method ?? 'POST';
    const request = `${method} ${describeUrl(this.#target.url)}\n${body.slice(0, KEPT_CHARACTERS)}`;
    const headers = {
      'content-type': contentTypeOf(write),
      ...this.#target.headers,
      ...this.#identification(parcel, body),
    };
    const { answer, excerpt } = await this.#ask({ method, headers, body }, request, signal);
    const excerpts = { request, response: excerpt };
    const { refused } = verdictOf(answer, this.#single, maxRetryAfter(this.#settings), excerpts);
    const failed = refused === null ? [] : parcel.map((_, index) => ({ index, reason: refused, retryable: false }));
    return { failed, excerpts };
  }

  #identification(parcel: readonly StreamRecord[], body: string): Record<string, string> {
    const { id, replay } = parcel[0]!.event;
    const message = this.#single ? id : `batch_${digest(parcel.map(({ event }) => event.id).join())}`;
    return {
      [(this.#settings.write?.idempotencyHeader ?? 'Idempotency-Key').toLowerCase()]:
        replay === null ? message : `${message}-${replay}`,
      ...(replay === null ? {} : { 'headgate-replay': replay }),
      ...this.#signer?.(message, body, Date.now()),
    };
  }

  /** Whatever is no answer makes the destination unreachable: it cannot concern the records. */
  async #ask(
    call: { method: 'POST' | 'PUT' | 'PATCH'; headers: Record<string, string>; body: string },
    request: string,
    signal: AbortSignal,
  ): Promise<{ answer: Omit<Answer, 'body'>; excerpt: string }> {
    const { url } = this.#target;
    const timeout = this.#settings.timeout ?? '60s';
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), parseDuration(timeout));
    try {
      const answer = await this.#client.send({ ...call, url }, AbortSignal.any([signal, late.signal]));
      return { answer, excerpt: await excerptOf(answer) };
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) {
        const message = `${call.method} ${describeUrl(url)} failed: no answer within ${timeout}`;
        throw new DeliveryError('destination_unreachable', message, { retryable: true, request });
      }
      if (!(error instanceof HeadgateError) || error.code !== 'destination_failed') throw error;
      throw new DeliveryError('destination_unreachable', error.message, { retryable: true, cause: error, request });
    } finally {
      clearTimeout(timer);
    }
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
