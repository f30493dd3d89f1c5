/** A small HTTP client for `/v1`: JSON in and out, and problem details turned into errors with their hint. */
import { parseJson } from '../store/exact-json.ts';
import { ERROR_CODES, HeadgateError, messageOf, type ErrorCodeName, type Issue } from '../foundation/errors.ts';

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** One page of a list. */
export interface ListPage<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly meta: { readonly total?: number };
}

export interface ClientOptions {
  /** Without a path: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string | undefined;
  /** Of this program: the server notes who asked. */
  readonly version: string;
  readonly signal: AbortSignal;
  /** How long one answer may take, in milliseconds. Streams have no limit but the signal. */
  readonly timeoutMs?: number;
  /** What to try when the server cannot be reached. */
  readonly unreachableHint: string;
}

const TIMEOUT_MS = 30_000;
const MAX_PAGES = 1000;

/** One server-sent event. */
export interface ServerEvent {
  /** Empty where only the position moved on. */
  readonly event: string;
  readonly data: string;
  /** What `Last-Event-ID` of a later stream would be: the last id that was sent, or undefined. */
  readonly lastId: string | undefined;
}

export class Client {
  readonly url: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.url = options.url.replace(/\/+$/, '');
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>('GET', path, query);
  }

  post<T>(path: string, body: unknown = {}, query: Query = {}): Promise<T> {
    return this.#json<T>('POST', path, query, { type: 'application/json', text: JSON.stringify(body) });
  }

  /** Sends resource documents as they are. */
  postDocuments<T>(path: string, text: string, query: Query = {}): Promise<T> {
    return this.#json<T>('POST', path, query, { type: 'application/yaml', text });
  }

  /** Sends one JSON value a line. */
  postLines<T>(path: string, lines: readonly string[], query: Query = {}): Promise<T> {
    const text = lines.map((line) => `${line}\n`).join('');
    return this.#json<T>('POST', path, query, { type: 'application/x-ndjson', text });
  }

  put<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    return this.#json<T>('PUT', path, query, { type: 'application/json', text: JSON.stringify(body) });
  }

  delete<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>('DELETE', path, query);
  }

  /** The first `limit` items of a list, over as many pages as that takes; all of them when it is left out. */
  async list<T>(path: string, query: Query = {}, limit = Infinity): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && items.length < limit; page += 1) {
      const size = Math.min(1000, limit - items.length);
      const answer = await this.get<ListPage<T>>(path, { ...query, limit: size, cursor });
      items.push(...answer.data);
      if (answer.next_cursor === null) break;
      cursor = answer.next_cursor;
    }
    return items;
  }

  /**
   * Server-sent events, as long as the server sends some or until `signal` aborts; behind `lastId` where the server knows
   * it.
   */
  async *events(path: string, query: Query, signal: AbortSignal, lastId?: string): AsyncGenerator<ServerEvent> {
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await this.#send('GET', path, query, 'text/event-stream', signal, undefined, headers);
    if (response.body !== null) yield* parseEvents(response.body as AsyncIterable<Uint8Array>);
  }

  async #json<T>(method: string, path: string, query: Query, body?: { type: string; text: string }): Promise<T> {
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)]);
    const response = await this.#send(method, path, query, 'application/json', signal, body);
    try {
      return parseJson(await response.text()) as T;
    } catch (cause) {
      throw new HeadgateError('unavailable', `${this.url} does not answer as Headgate does`, {
        hint: 'check --server',
        cause,
      });
    }
  }

  async #send(
    method: string,
    path: string,
    query: Query,
    accept: string,
    signal: AbortSignal,
    body?: { readonly type: string; readonly text: string },
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const headers: Record<string, string> = { ...more, accept, 'user-agent': `headgate-cli/${this.#options.version}` };
    if (this.#options.token !== undefined) headers['authorization'] = `Bearer ${this.#options.token}`;
    if (body !== undefined) headers['content-type'] = body.type;
    let response: Response;
    try {
      // A redirect would carry the token to an address that nobody chose.
      const request: RequestInit = { method, headers, signal, redirect: 'error' };
      response = await fetch(`${this.url}${path}${queryString(query)}`, { ...request, body: body?.text ?? null });
    } catch (cause) {
      this.#options.signal.throwIfAborted();
      throw this.#unreachable(cause);
    }
    if (!response.ok) throw await problemOf(response, this.url);
    return response;
  }

  #unreachable(cause: unknown): HeadgateError {
    const isTimeout = (cause as Error | undefined)?.name === 'TimeoutError';
    const why = isTimeout ? 'it did not answer in time' : reasonOf(cause);
    return new HeadgateError('unavailable', `cannot reach the server at ${this.url}: ${why}`, {
      hint: this.#options.unreachableHint,
      cause,
    });
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'connection refused' : messageOf(cause);
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as the server uses it: id, event and data lines. */
async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let lastId: string | undefined;
  let moved = false;
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0 || moved) yield { event, data: data.join('\n'), lastId };
        event = '';
        data = [];
        moved = false;
      } else if (line.startsWith('id: ')) {
        lastId = line.slice(4);
        moved = true;
      } else if (line.startsWith('event: ')) event = line.slice(7);
      else if (line.startsWith('data: ')) data.push(line.slice(6));
    }
  }
}

function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) params.append(name, String(each));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** RFC 9457, as far as it is there: a proxy in between answers in its own way. */
interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly errors?: readonly Issue[];
  readonly at?: string;
  readonly request_id?: string;
}

async function problemOf(response: Response, url: string): Promise<HeadgateError> {
  const problem = await response.json().then(
    (body) => body as Problem,
    (): Problem => ({}),
  );
  const known = problem.code !== undefined && problem.code in ERROR_CODES;
  const code = known ? (problem.code as ErrorCodeName) : codeOfStatus(response.status);
  const request = code === 'internal' && problem.request_id !== undefined ? ` (request ${problem.request_id})` : '';
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new HeadgateError(
    code,
    (problem.detail ?? `${url} answered ${response.status} ${response.statusText}`) + request,
    {
      issues: problem.errors ?? [],
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(problem.at === undefined ? {} : { at: problem.at }),
      ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
    },
  );
}

/** For answers without one of our codes: of something in between, or of a newer server. */
const CODES: Readonly<Record<number, ErrorCodeName>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'payload_too_large',
  429: 'rate_limited',
};

function codeOfStatus(status: number): ErrorCodeName {
  return CODES[status] ?? (status >= 500 ? 'unavailable' : 'invalid_request');
}
