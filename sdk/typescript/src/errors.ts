import type { ErrorCode } from './gen/models.gen.ts';

/** Everything that this package throws, beside the reasons of your own signals. */
export class HeadgateError extends Error {
  override readonly name: string = 'HeadgateError';
}

/** One part of a request that is wrong. */
export interface Issue {
  /** JSON pointer into the body; `/query/…` and `/path/…` are parameters. */
  readonly pointer: string;
  readonly message: string;
  readonly at?: string;
  readonly hint?: string;
}

/** What the server says of an error (RFC 9457). */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly errors?: readonly Issue[];
  readonly request_id?: string;
}

/** The server refused the request, or failed. */
export class ApiError extends HeadgateError {
  override readonly name: string = 'ApiError';
  readonly status: number;
  /** The kind of error, for programs. Empty when the answer came from something that is not Headgate. */
  readonly code: ErrorCode | (string & {});
  /** How to mend it. */
  readonly hint: string | null;
  /** What the server's log calls this request. */
  readonly requestId: string | null;
  /** Each single problem. */
  readonly issues: readonly Issue[];
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Problem, more: { requestId: string | null; retryAfter: number | null }) {
    super(`${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'no explanation'}`.replace(' :', ':'));
    this.status = status;
    this.code = problem.code ?? '';
    this.hint = problem.hint ?? null;
    this.requestId = problem.request_id ?? more.requestId;
    this.issues = Array.isArray(problem.errors) ? problem.errors : [];
    this.retryAfter = more.retryAfter;
  }
}

/** 400, 413, 415, 422 and the like: the request is wrong. */
export class InvalidRequestError extends ApiError {
  override readonly name = 'InvalidRequestError';
}
/** 401: the token is missing, unknown, expired or revoked. */
export class AuthenticationError extends ApiError {
  override readonly name = 'AuthenticationError';
}
/** 403: the token may not do this. */
export class PermissionDeniedError extends ApiError {
  override readonly name = 'PermissionDeniedError';
}
/** 404, 410: there is no such thing. */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';
}
/** 409, 412: it does not go together with what is. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';
}
/** 429: too much at once. */
export class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError';
}
/** 500 and above. */
export class ServerError extends ApiError {
  override readonly name = 'ServerError';
}

/** The server was not reached, or the connection broke. `cause` says more. */
export class ConnectionError extends HeadgateError {
  override readonly name = 'ConnectionError';
}
/** No answer within `timeout`. */
export class TimeoutError extends HeadgateError {
  override readonly name = 'TimeoutError';
}

/** The error of an answer; `text` is its body. */
export function apiError(status: number, headers: Headers, text: string, now: number): ApiError {
  const more = { requestId: headers.get('x-request-id'), retryAfter: retryAfterOf(headers.get('retry-after'), now) };
  const known: Readonly<Record<number, typeof ApiError>> = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
    429: RateLimitError,
  };
  const Kind = known[status] ?? (status >= 500 ? ServerError : InvalidRequestError);
  return new Kind(status, problemOf(text), more);
}

/** Milliseconds: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function problemOf(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // A proxy's page: what it says stands in `detail`.
  }
  return { detail: text.slice(0, 500) };
}
