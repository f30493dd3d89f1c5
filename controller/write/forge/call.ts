/** Requests to the API of a forge: guarded, bounded, and with errors that repeat nothing of what was answered. */
import { setTimeout as after } from 'node:timers/promises';
import type { Agent, Dispatcher } from 'undici';
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import { guardedDispatcher } from '../../../runner/dispatcher.ts';
import type { NetworkPolicy } from '../../../runner/ports.ts';

export interface Answered {
  readonly status: number;
  /** Parsed JSON, or null. Read by us, never shown. */
  readonly body: unknown;
}

/** Sends a request to a path below the API. Statuses that are not in `expected` throw `pull_request_failed`. */
export type Call = (
  method: 'GET' | 'POST',
  path: string,
  options: { readonly body?: unknown; readonly expected: readonly number[] },
) => Promise<Answered>;

export interface CallOptions {
  readonly api: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly policy: NetworkPolicy;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 10_000;
const IDLE_MS = 20_000;
const ANSWER_BYTES = 4 * 1024 * 1024;
/** Attempts of one request, and the longest pause between two that a forge may ask for, in seconds. */
const ATTEMPTS = 3;
const LONGEST_PAUSE = 10;

/** Runs `work` with a connection to the API of a forge, and closes it. */
export async function withForge<T>(options: CallOptions, work: (call: Call) => Promise<T>): Promise<T> {
  const agent = await guardedDispatcher(options.policy, { connectTimeout: CONNECT_MS, idleTimeout: IDLE_MS });
  try {
    return await work((method, path, { body, expected }) => repeat(agent, options, { method, path, body }, expected));
  } finally {
    await agent.destroy();
  }
}

interface Wish {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: unknown;
}

async function repeat(agent: Agent, options: CallOptions, wish: Wish, expected: readonly number[]): Promise<Answered> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(agent, options, wish);
    const answered = { status: response.statusCode, body: await readJson(response) };
    if (expected.includes(answered.status)) return answered;
    const pause = pauseOf(response);
    // Whether a request that failed within the forge had an effect is not known: only one that it put off is repeated.
    if (pause === null || pause > LONGEST_PAUSE || attempt === ATTEMPTS) {
      throw refused(answered.status, wish, options, pause);
    }
    await after(pause * 1000, undefined, { signal: options.signal });
  }
}

async function send(agent: Agent, options: CallOptions, wish: Wish): Promise<Dispatcher.ResponseData> {
  const url = new URL(`${options.api}${wish.path}`);
  try {
    return await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: wish.method,
      headers: {
        'user-agent': 'headgate',
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(wish.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: wish.body === undefined ? null : JSON.stringify(wish.body),
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    if (options.signal.aborted && (options.signal.reason as Error | undefined)?.name !== 'TimeoutError') throw error;
    throw new HeadgateError('pull_request_failed', `the forge at ${url.host} cannot be reached: ${messageOf(error)}`, {
      cause: error,
      retryable: true,
    });
  }
}

async function readJson(response: Dispatcher.ResponseData): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > ANSWER_BYTES) break;
      chunks.push(chunk);
    }
    return size > ANSWER_BYTES ? null : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown);
  } catch {
    // The status says what came of it; whoever needs the body finds that it is not there.
    return null;
  }
}

/** How long the forge asks to wait, in seconds; null when it does not. */
function pauseOf(response: Dispatcher.ResponseData): number | null {
  const { statusCode, headers } = response;
  if (![403, 429, 503].includes(statusCode)) return null;
  const asked = headers['retry-after'];
  if (typeof asked === 'string' && /^\d{1,6}$/.test(asked)) return Number(asked);
  // GitHub tells with a 403 that the limit is used up, and when there is a new one, in epoch seconds.
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'];
  const isUsedUp = (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0';
  if (isUsedUp && typeof reset === 'string' && /^\d{1,12}$/.test(reset)) {
    return Math.max(1, Number(reset) - Math.floor(Date.now() / 1000));
  }
  return statusCode === 403 ? null : 60;
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'the token is wrong or has expired: see `spec.pullRequests.token`',
  403: 'the token may not open pull requests here: give it that permission',
  404: 'the repository is not there, or the token may not see it; check `spec.url` and `spec.pullRequests.api`',
  409: 'the forge sees a conflict with something that is there',
  422: 'the forge does not take it: is the branch there, and does it differ from the one to merge into?',
};

function refused(status: number, wish: Wish, options: CallOptions, pause: number | null): HeadgateError {
  const host = new URL(options.api).host;
  if (pause !== null) {
    return new HeadgateError('pull_request_failed', `the forge at ${host} asks to wait ${pause} s (${status})`, {
      retryable: true,
      retryAfter: pause,
    });
  }
  const what = `the forge at ${host} answered ${wish.method} with ${status}`;
  if (status >= 300 && status < 400) {
    return new HeadgateError('pull_request_failed', `${what}, a redirect, which is not followed`, {
      hint: 'has the repository moved? Set `spec.url` or `spec.pullRequests.api` to the new address',
    });
  }
  const hint = HINTS[status];
  return new HeadgateError('pull_request_failed', what, {
    ...(hint === undefined ? {} : { hint }),
    retryable: status >= 500,
  });
}
