/** Requests through the address guard: redirects, decompression, limits, and errors that name no secret. */
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Agent, Dispatcher } from 'undici';
import { HeadgateError, type ErrorCodeName } from '../../../foundation/errors.ts';
import { guardedDispatcher } from '../../dispatcher.ts';
import type { Resolver } from '../../network.ts';
import type { NetworkPolicy } from '../../ports.ts';
import { connectionError } from './connection-error.ts';
import { describeUrl } from './describe-url.ts';

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  /** The address that answered, after redirects. */
  readonly url: URL;
  readonly method: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decompressed, unless the client is `raw`. Read it to its end or destroy it: until then it holds its connection. */
  readonly body: Readable;
}

export interface ClientOptions {
  readonly policy: NetworkPolicy;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds of silence, before the answer and within it. */
  readonly idleTimeout: number;
  /** What failures are called: which side of the pipeline this is. */
  readonly failure: Extract<ErrorCodeName, 'source_failed' | 'destination_failed'>;
  readonly resolver?: Resolver;
  /** Connections at the same time; 1 when left out. */
  readonly connections?: number;
  /** Leaves bodies as they come: for those who go by the status, and must not fail for what stands in a body. */
  readonly raw?: boolean;
}

export interface HttpClient {
  /** Answers whatever status came, with redirects of GET and HEAD followed. Throws when there is no answer. */
  send(call: Call, signal: AbortSignal): Promise<Answer>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** What may follow a redirect to another origin: nothing that a user wrote, since any header can hold a credential. */
const IMPERSONAL = new Set(['accept', 'accept-encoding', 'user-agent']);

export async function createClient(options: ClientOptions): Promise<HttpClient> {
  const agent = await guardedDispatcher(options.policy, options);
  return {
    send: (call, signal) => follow(agent, call, options, signal),
    close: () => agent.destroy(),
  };
}

async function follow(agent: Agent, call: Call, options: ClientOptions, signal: AbortSignal): Promise<Answer> {
  let { url, headers } = call;
  for (let redirects = 0; ; redirects++) {
    const response = await request(agent, { ...call, url, headers }, options, signal);
    const location = response.headers['location'];
    const followed = call.method === 'GET' || call.method === 'HEAD';
    if (!followed || !REDIRECTS.includes(response.statusCode) || typeof location !== 'string') {
      return toAnswer(response, url, call.method, options);
    }
    response.body.on('error', () => undefined).destroy();
    const target = redirectTarget(location, url, options.failure);
    if (redirects === MAX_REDIRECTS) {
      throw new HeadgateError(options.failure, `${describeUrl(call.url)} redirects more than ${MAX_REDIRECTS} times`);
    }
    if (target.origin !== url.origin) headers = impersonal(headers);
    url = target;
  }
}

async function request(
  agent: Agent,
  call: Call,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  try {
    return await agent.request({
      origin: call.url.origin,
      path: `${call.url.pathname}${call.url.search}`,
      method: call.method,
      headers: {
        'user-agent': 'headgate',
        'accept-encoding': options.raw === true ? 'identity' : 'gzip, br, deflate, zstd',
        ...call.headers,
      },
      body: call.body ?? null,
      signal,
    });
  } catch (error) {
    throw connectionError(error, call.method, call.url, options.failure, signal);
  }
}

function redirectTarget(location: string, from: URL, failure: ErrorCodeName): URL {
  const refuse = (why: string): HeadgateError =>
    new HeadgateError(failure, `${describeUrl(from)} redirects ${why}`, { hint: 'set `url` to the final address' });
  const target = URL.parse(location, from.href);
  if (target === null || !['http:', 'https:'].includes(target.protocol))
    throw refuse('to something that is no web address');
  if (from.protocol === 'https:' && target.protocol === 'http:')
    throw refuse('from https to http, which is not followed');
  // What stands there came from the server and is no business of the next one.
  target.username = '';
  target.password = '';
  return target;
}

const impersonal = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => IMPERSONAL.has(name.toLowerCase())));

function toAnswer(response: Dispatcher.ResponseData, url: URL, method: string, options: ClientOptions): Answer {
  const { statusCode: status, headers } = response;
  if (options.raw === true) return { url, method, status, headers, body: response.body };
  const encoding = String(response.headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  const decoder = decoderOf(encoding);
  if (decoder === undefined) {
    response.body.on('error', () => undefined).destroy();
    throw new HeadgateError(
      options.failure,
      `${describeUrl(url)} answered with the unknown Content-Encoding '${encoding.slice(0, 40)}'`,
    );
  }
  // The callback keeps an error from being unhandled; whoever reads the decoder sees it.
  const body = decoder === null ? response.body : pipeline(response.body, decoder, () => undefined);
  return { url, method, status, headers, body };
}

/** Null: nothing to decode. Undefined: unknown. */
function decoderOf(encoding: string): (NodeJS.ReadWriteStream & Readable) | null | undefined {
  switch (encoding) {
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createInflate();
    case 'zstd':
      return createZstdDecompress();
    default:
      return undefined;
  }
}

const MAX_DISCARD = 1024 * 1024;

/** Reads the body to its end, so that the connection can be used again; gives up on one that is too long or broken. */
export async function discard(answer: Answer): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_DISCARD) break;
    }
  } catch {
    // The status has said all that matters.
  }
}
