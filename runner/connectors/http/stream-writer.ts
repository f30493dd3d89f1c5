/** The stream form of the destination: webhooks, one for each record, or records in batches. */
import { createHash } from 'node:crypto';
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import { DeliveryError, type Excerpts } from '../../delivery-error.ts';
import type {
  ConnectorContext,
  FailedRecord,
  StreamRecord,
  StreamWriteRequest,
  StreamWriter,
  StreamWriteResult,
} from '../../ports.ts';
import { checkedHeaders } from './auth.ts';
import type { Answer, HttpClient } from './client.ts';
import { describeUrl } from './describe-url.ts';
import { contentTypeOf, encodeBatch } from './encode.ts';
import { excerptOf } from './excerpt.ts';
import { inLanes, lanesOf } from './lanes.ts';
import { createPacer, type Pacer } from './rate.ts';
import type { HttpSettings } from './settings.ts';
import { createSigner, type Signer } from './signing.ts';
import { clientOf, maxRetryAfter, targetOf, type Target } from './target.ts';
import { verdictOf } from './verdict.ts';

/** Characters of a body that are kept for the record of attempts. */
const KEPT_CHARACTERS = 2048;
/** How many records the server may have taken of batches that failed as a whole; beyond it the oldest are sent again. */
const MAX_REMEMBERED = 100_000;

interface Item {
  readonly index: number;
  readonly record: StreamRecord;
}

/** What one request carries. */
type Parcel = readonly Item[];

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
  return new HttpStreamWriter(settings, ctx, target, client, signer);
}

class HttpStreamWriter implements StreamWriter {
  readonly #settings: HttpSettings;
  readonly #ctx: ConnectorContext;
  readonly #target: Target;
  readonly #client: HttpClient;
  readonly #signer: Signer | null;
  readonly #pacer: Pacer;
  readonly #single: boolean;
  /**
   * Records that the server took before a later request of their batch failed. The engine writes that batch again, and
   * they are left out then: a server that takes ten requests a minute would else never see the eleventh.
   */
  readonly #taken = new Set<string>();

  constructor(
    settings: HttpSettings,
    ctx: ConnectorContext,
    target: Target,
    client: HttpClient,
    signer: Signer | null,
  ) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#target = target;
    this.#client = client;
    this.#signer = signer;
    this.#pacer = createPacer(settings.requestsPerSecond);
    this.#single = (settings.write?.per ?? 'record') === 'record' || settings.write?.body === 'single';
  }

  async write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult> {
    const either = AbortSignal.any([this.#ctx.signal, signal]);
    either.throwIfAborted();
    const failed: FailedRecord[] = [];
    const shown: { taken?: Excerpts; refused?: Excerpts } = {};
    const parallel = this.#single ? (this.#settings.write?.parallel ?? 1) : 1;
    const lanes = lanesOf(this.#parcels(records), parallel, (parcel) => parcel[0]!.record.event.key);
    await inLanes(lanes, parallel, async (parcel) => {
      const { refused, excerpts } = await this.#send(parcel, either);
      if (refused === null) {
        shown.taken ??= excerpts;
        this.#remember(parcel);
        return;
      }
      shown.refused ??= excerpts;
      for (const { index } of parcel) failed.push({ index, reason: refused, retryable: false });
    });
    for (const record of records) this.#taken.delete(identity(record));
    failed.sort((a, b) => a.index - b.index);
    return { failed, ...(shown.refused ?? shown.taken) };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** What is still to be sent, in requests. */
  #parcels(records: readonly StreamRecord[]): readonly Parcel[] {
    const items = records
      .map((record, index) => ({ record, index }))
      .filter(({ record }) => !this.#taken.has(identity(record)));
    const size = this.#single ? 1 : (this.#settings.write?.batchSize ?? 100);
    const parcels: Parcel[] = [];
    // Replays are marked by a header, so one request carries those of one replay, or live events.
    for (let start = 0; start < items.length; start += parcels.at(-1)!.length) {
      const { replay } = items[start]!.record.event;
      const part = items.slice(start, start + size);
      const end = part.findIndex(({ record }) => record.event.replay !== replay);
      parcels.push(end < 0 ? part : part.slice(0, end));
    }
    return parcels;
  }

  #remember(parcel: Parcel): void {
    for (const { record } of parcel) this.#taken.add(identity(record));
    for (const oldest of this.#taken) {
      if (this.#taken.size <= MAX_REMEMBERED) break;
      this.#taken.delete(oldest);
    }
  }

  async #send(parcel: Parcel, signal: AbortSignal): Promise<{ refused: string | null; excerpts: Excerpts }> {
    await this.#pacer(signal);
    const write = this.#single ? { ...this.#settings.write, body: 'single' as const } : this.#settings.write;
    const body = encodeBatch(
      parcel.map(({ record }) => record.row),
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
    return { refused, excerpts };
  }

  #identification(parcel: Parcel, body: string): Record<string, string> {
    const { id, replay } = parcel[0]!.record.event;
    const message = this.#single ? id : `batch_${digest(parcel.map(({ record }) => record.event.id).join())}`;
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

const identity = ({ event }: StreamRecord): string =>
  event.replay === null ? event.id : `${event.id} ${event.replay}`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
