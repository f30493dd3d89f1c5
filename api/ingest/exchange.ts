import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../foundation/log.ts';
import { dropUnread, isUnread, knownError, problemHeaders, problemOf, PROBLEM_TYPE } from '../middleware/problem.ts';
import { requestIdOf } from '../middleware/request-id.ts';
import { SECURITY_HEADERS } from '../middleware/security-headers.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Endpoint } from './paths.ts';

/** A request and its answer, without Koa between: the same header fields, the same errors, a third of the time. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly path: string;
  /** Behind the question mark, or empty. */
  readonly search: string;
  readonly presenter: Presenter;
  /** Further header fields of the answer: name, value, name, value. */
  readonly extra: string[];
  /** For the log. */
  tokenId?: string;
}

const COMMON: readonly string[] = Object.entries(SECURITY_HEADERS).flat();

/** Seconds after which a client may try again when the store could not take events, unless the error says more. */
const RETRY_SECONDS: Readonly<Record<string, number>> = { unavailable: 2, overloaded: 1, store_full: 30 };

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { path, search, presenter }: Pick<Endpoint, 'path' | 'search' | 'presenter'>,
): Exchange {
  return {
    request,
    response,
    id: requestIdOf(request.headers['x-request-id'] as string | undefined),
    path,
    search,
    presenter,
    extra: [],
  };
}

/** Answers with JSON. Nothing happens when the client is gone. */
export function sendJson(exchange: Exchange, status: number, body: string): void {
  send(exchange, status, body, 'application/json', []);
}

/** Answers with problem details, as `middleware/problem.ts` does; logs what is the server's fault. Answers the error's code. */
export function sendProblem(exchange: Exchange, thrown: unknown, log: Logger): string {
  const error = withRetry(knownError(thrown, log, exchange.id));
  const headers = Object.entries(problemHeaders(error)).flat();
  const unread = isUnread(exchange.request);
  if (unread) headers.push('Connection', 'close');
  send(exchange, error.status, JSON.stringify(problemOf(error, exchange.path, exchange.id)), PROBLEM_TYPE, headers);
  if (unread) dropUnread(exchange.request);
  return error.code;
}

function send(exchange: Exchange, status: number, body: string, type: string, headers: readonly string[]): void {
  const { response, extra } = exchange;
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, [
    'Content-Type',
    type,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'X-Request-Id',
    exchange.id,
    ...COMMON,
    ...extra,
    ...headers,
  ]);
  response.end(body);
}

function withRetry(error: HeadgateError): HeadgateError {
  const seconds = RETRY_SECONDS[error.code];
  if (seconds === undefined || error.retryAfter !== undefined) return error;
  const { code, message, at, hint, issues, cause } = error;
  return new HeadgateError(code, message, { at, hint, issues, cause, retryAfter: seconds, retryable: true });
}
