import { createConverter, type Converter } from './convert.ts';
import { apiError, ConnectionError, HeadgateError } from './errors.ts';
import { API_VERSION } from './gen/resources.gen.ts';
import { MODELS } from './gen/shapes.gen.ts';
import { forPages, List, type ListParams, type Page } from './list.ts';
import type { Operation } from './operation.ts';
import type { HeadgateOptions, RequestOptions, StreamOptions } from './options.ts';
import { newKey, requestOf, type Params, type Request } from './request.ts';
import { isRepeatable, waitBefore } from './retry.ts';
import { deadline, sleep, type Deadline } from './signals.ts';
import { followStream, type ServerEvent } from './stream.ts';

const TIMEOUT_MS = 60_000;
const MAX_RETRIES = 4;

export interface Settings extends Omit<HeadgateOptions, 'token' | 'baseUrl'> {
  readonly token: string | (() => string | Promise<string>);
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

/** Sends requests, repeats them where that is right, and turns answers into values and errors. */
export class Transport {
  readonly #settings: Settings;
  readonly #converter: Converter = createConverter(MODELS);

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async call<T>(
    operation: Operation,
    path: readonly string[],
    params: Params,
    options: RequestOptions,
    body?: unknown,
  ): Promise<T> {
    const request = requestOf(operation, path, params, this.#converter, body);
    return this.#sent(operation, request, options, async (response) => {
      const text = await response.text();
      if (text === '') return undefined as T;
      return this.#converter.decode(parsed(text), operation.answers?.[response.status]) as T;
    });
  }

  /** The answer itself, whose body is still to be read; `timeout` counts until its head is there. */
  fetchRaw(operation: Operation, path: readonly string[], params: Params, options: RequestOptions): Promise<Response> {
    const request = requestOf(operation, path, params, this.#converter);
    return this.#sent(operation, request, options, null, '*/*');
  }

  list<T>(
    operation: Operation,
    path: readonly string[],
    params: Params & ListParams,
    options: RequestOptions,
  ): List<T> {
    const { limit, pageSize, cursor, ...filters } = params;
    const fetchPage = async (wish: { limit: number | undefined; cursor: string | undefined }): Promise<Page<T>> => {
      const page = operation.paging === 'none' ? {} : wish;
      const paged = withPaging(operation);
      const request = requestOf(paged, path, { ...filters, ...page }, this.#converter);
      // A list only reads, also where its filter is a body and its method POST.
      const sent = { repeatable: true, ...forPages(options) };
      return this.#sent(paged, request, sent, async (response) => {
        const answer = parsed(await response.text()) as WirePage;
        return {
          data: answer.data.map((item) => this.#converter.decode(item, operation.item) as T),
          hasMore: answer.has_more,
          nextCursor: answer.next_cursor,
          total: answer.meta?.total ?? null,
        };
      });
    };
    return new List(fetchPage, { limit, pageSize, cursor });
  }

  stream<T extends ServerEvent<string, unknown>>(
    operation: Operation,
    path: readonly string[],
    params: Params,
    options: StreamOptions,
  ): AsyncGenerator<T, void, undefined> {
    const request = requestOf(operation, path, params, this.#converter);
    const open = (headers: Readonly<Record<string, string>>, limit: Deadline): Promise<Response> =>
      this.#attempt({ ...request, headers: { ...request.headers, ...options.headers, ...headers } }, limit);
    const decode = (event: string, data: unknown): unknown => this.#converter.decode(data, operation.events?.[event]);
    const names = new Set(Object.keys(operation.events ?? {}));
    return followStream(open, { names, decode }, options) as AsyncGenerator<T, void, undefined>;
  }

  #sent(operation: Operation, request: Request, options: RequestOptions, read: null, accept: string): Promise<Response>;
  #sent<T>(
    operation: Operation,
    request: Request,
    options: RequestOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T>;
  /**
   * Sends until it is answered for good. `read` belongs to an attempt: a body that breaks off is asked for again. Without it the
   * answer itself is handed out.
   */
  async #sent<T>(
    operation: Operation,
    request: Request,
    options: RequestOptions,
    read: ((response: Response) => Promise<T>) | null,
    accept = 'application/json',
  ): Promise<T | Response> {
    const key = operation.idempotencyKey === true ? (options.idempotencyKey ?? newKey()) : undefined;
    const headers = merged(
      { accept, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      request.headers,
      options.headers,
    );
    const repeatable = options.repeatable ?? isRepeatable(request.method, key !== undefined);
    const most = options.maxRetries ?? this.#settings.maxRetries ?? MAX_RETRIES;
    for (let attempt = 0; ; attempt += 1) {
      const limit = deadline(
        options.timeout ?? this.#settings.timeout ?? TIMEOUT_MS,
        `${request.method} ${request.path}`,
        options.signal,
      );
      try {
        const response = await this.#attempt({ ...request, headers }, limit);
        if (read === null) {
          // Its body may take as long as it likes, but the caller's signal still ends it.
          limit.lift();
          return response;
        }
        const value = await read(response).catch((error: unknown) => Promise.reject(brokenOff(error, limit)));
        limit.close();
        return value;
      } catch (error) {
        // A signal may be the caller's for many requests: nothing of this one stays on it.
        limit.close();
        const wait = attempt < most ? waitBefore(attempt, error, repeatable, Math.random()) : null;
        if (wait === null || options.signal?.aborted === true) throw error;
        await sleep(wait, options.signal);
      }
    }
  }

  /** One request: the answer when it is good, else its error. */
  async #attempt(request: Request, limit: Deadline): Promise<Response> {
    const { token, baseUrl, headers, fetch: own } = this.#settings;
    const secret = typeof token === 'function' ? await token() : token;
    const send = own ?? globalThis.fetch;
    let response: Response;
    try {
      response = await send(`${baseUrl}${request.path}`, {
        method: request.method,
        headers: merged(
          headers,
          { authorization: `Bearer ${secret}` },
          request.body === undefined ? {} : { 'content-type': 'application/json' },
          userAgent(),
          request.headers,
        ),
        signal: limit.signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      if (response.ok) return response;
      throw apiError(response.status, response.headers, await response.text(), Date.now());
    } catch (error) {
      throw brokenOff(error, limit);
    }
  }
}

/** Later ones over earlier ones, whatever the case of their names. */
function merged(...all: readonly (Readonly<Record<string, string>> | undefined)[]): Record<string, string> {
  const entries = all.flatMap((headers) => Object.entries(headers ?? {}));
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

interface WirePage {
  readonly data: readonly unknown[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly meta?: { readonly total?: number };
}

const LIMITS = [
  ['limit', 'limit'],
  ['cursor', 'cursor'],
] as const;

function withPaging(operation: Operation): Operation {
  if (operation.paging === 'query') return { ...operation, query: [...(operation.query ?? []), ...LIMITS] };
  if (operation.paging !== 'body' || operation.body === undefined || !('fields' in operation.body)) return operation;
  return { ...operation, body: { fields: [...operation.body.fields, ...LIMITS] } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HeadgateError('the answer is no JSON: is this address a Headgate server?', { cause: error });
  }
}

/** What an attempt ended with: the caller's reason, the deadline, an error of ours, or the connection. */
function brokenOff(error: unknown, limit: Deadline): unknown {
  if (limit.signal.aborted) return limit.signal.reason;
  if (error instanceof HeadgateError) return error;
  return new ConnectionError(`the connection failed: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** Browsers send their own. */
function userAgent(): Readonly<Record<string, string>> {
  return 'document' in globalThis ? {} : { 'user-agent': `headgate-sdk-typescript/${API_VERSION}` };
}
