/** HTTP to one API server: credentials as they are now, connections that are kept, and the fence of a leader. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { messageOf } from '../../foundation/errors.ts';
import type { Configuration } from './configuration.ts';
import { Credentials } from './credentials.ts';
import { refusal, unreachable } from './refusal.ts';
import type { KubernetesError, KubeStatus } from './types.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Of `body`; `application/json` when left out. */
  readonly type?: string;
  readonly body?: unknown;
  /** Whether the answer may come compressed: for what is read as a whole. */
  readonly gzip?: boolean;
}

export type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

export class Connection {
  readonly #config: KubeConfig | Configuration;
  readonly #fence: (() => AbortSignal) | undefined;
  readonly #server: string;
  #agent: Dispatcher | undefined;
  /** `#agent`, with the fence before it. */
  #dispatcher: Dispatcher | undefined;
  /** What `#agent` was made of. */
  #certificates: string | undefined;

  /** `fence` throws when nothing may be written any more. */
  constructor(server: string, config: KubeConfig | Configuration, fence: (() => AbortSignal) | undefined) {
    this.#server = server.replace(/\/+$/, '');
    this.#config = config;
    this.#fence = fence;
  }

  /** The head of the answer, its body to be read. Rejects with `Unreachable` when there is none; no redirect is followed. */
  async send({ method, path, query = {}, type, body, gzip }: HttpCall, signal: AbortSignal): Promise<Answer> {
    const url = new URL(this.#server + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const credentials = new Credentials(url, this.#config);
    try {
      signal.throwIfAborted();
      await this.#config.applySecurityAuthentication(credentials);
      return await this.#connections(credentials).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: {
          ...credentials.getHeaders(),
          Accept: 'application/json',
          'User-Agent': 'headgate',
          ...(gzip === true ? { 'Accept-Encoding': 'gzip' } : {}),
          ...(body === undefined ? {} : { 'Content-Type': type ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
    } catch (error) {
      throw unreachable(`the API server does not answer: ${messageOf(error)}`, error);
    }
  }

  /** What is under way goes on until its own end. May be called again. */
  async close(): Promise<void> {
    const agent = this.#agent;
    // One that is closed throws when it is closed once more.
    this.#agent = this.#dispatcher = undefined;
    await agent?.close();
  }

  /**
   * Tokens may have been renewed, the connections stay; but a server asks of a connection only once who is there, so that renewed
   * certificates have new ones. The old close by themselves when nothing is under way over them.
   */
  #connections(credentials: Credentials): Dispatcher {
    if (this.#dispatcher === undefined || credentials.certificates !== this.#certificates) {
      this.#agent = credentials.getDispatcher() ?? new Agent({ allowH2: false });
      this.#dispatcher = this.#fence === undefined ? this.#agent : this.#agent.compose(lastLook(this.#fence));
      this.#certificates = credentials.certificates;
    }
    return this.#dispatcher;
  }
}

/**
 * Asks `fence` in the step that hands a write to the socket. Between its first look and that one a request waits for credentials and
 * for a connection, and a process may be stopped there for longer than its lease; what is left are microseconds.
 */
function lastLook(fence: () => unknown): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    if (options.method !== 'GET') {
      const start = handler.onRequestStart?.bind(handler);
      handler.onRequestStart = (...args) => {
        fence();
        start?.(...args);
      };
    }
    return dispatch(options, handler);
  };
}

const unzipped = promisify(gunzip);

/** The whole body. Rejects with `Unreachable` when it breaks off. */
export async function textOf({ headers, body }: Answer): Promise<string> {
  try {
    if (headers['content-encoding'] !== 'gzip') return await body.text();
    return (await unzipped(await body.arrayBuffer())).toString();
  } catch (error) {
    throw brokenOff(error);
  }
}

/** The body in pieces, as they come. Throws `Unreachable` when it breaks off. */
export async function* piecesOf({ body }: Answer): AsyncIterable<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw brokenOff(error);
  }
}

export function brokenOff(error: unknown): KubernetesError {
  return unreachable(`an answer of the API server broke off: ${messageOf(error)}`, error);
}

export const isOk = ({ statusCode }: Answer): boolean => statusCode >= 200 && statusCode < 300;

/** What the server says in an answer that is not `isOk`. */
export async function refusedBy(answer: Answer): Promise<KubernetesError> {
  const text = await textOf(answer).catch(() => '');
  let status: KubeStatus;
  try {
    status = JSON.parse(text) as KubeStatus;
  } catch {
    status = { message: text.slice(0, 500) };
  }
  const after = Number(answer.headers['retry-after']);
  return refusal(answer.statusCode, status, Number.isFinite(after) && after > 0 ? after : undefined);
}
