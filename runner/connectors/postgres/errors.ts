/** What the server or the socket threw, as an error of Headgate. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';

export type Side = 'source_failed' | 'destination_failed';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; classes have two characters. */
const RETRYABLE_STATES = ['08', '40001', '40P01', '53', '55P03', '57P01', '57P02', '57P03', '57P05', '58030'];
/** 53100: the disk of the server is full. */
const LASTING_STATES = ['53100'];
const RETRYABLE_SYSTEM =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|EADDRNOTAVAIL)$/;
const RETRYABLE_TEXT = /^(?:Connection terminated|timeout expired|Client has encountered a connection error)/;

interface ServerError {
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly column?: string;
}

/** SQLSTATE of an error that the server sent; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as ServerError;
  return severity !== undefined && code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the records are at fault: data exceptions and violated constraints. */
export function isRefusal(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return !LASTING_STATES.includes(state) && RETRYABLE_STATES.some((retryable) => state.startsWith(retryable));
  }
  if (error instanceof AggregateError) return error.errors.some(isRetryable);
  const { code = '' } = (error ?? {}) as ServerError;
  return RETRYABLE_SYSTEM.test(code) || RETRYABLE_TEXT.test(messageOf(error));
}

/** Turns what was thrown into the error to throw; `secrets` must not stand in it. */
export type AsError = (error: unknown, side: Side, what: string, secrets: readonly string[]) => HeadgateError;

/** `what: what the server said`, without any of `secrets`. Errors of Headgate pass through. */
export function postgresError(error: unknown, side: Side, what: string, secrets: readonly string[]): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const message = redact(`${what}: ${explain(error)}`, secrets);
  const hint = (error as ServerError | null)?.hint ?? hintFor(sqlState(error));
  return new HeadgateError(side, message, {
    retryable: isRetryable(error),
    ...(hint === undefined ? {} : { hint: redact(hint, secrets) }),
  });
}

/** The message with the place in the copied rows; whole rows, which `detail` shows for some states, are left out. */
export function explain(error: unknown): string {
  const state = sqlState(error);
  if (state === undefined) return messageOf(error);
  const { detail, where } = error as ServerError;
  const place = /line (\d+)(?:, column ([^:]+))?/.exec(where ?? '');
  const at = place === null ? '' : ` (row ${place[1]}${place[2] === undefined ? '' : `, column ${place[2]}`})`;
  const more = detail === undefined || detail.startsWith('Failing row') ? '' : `; ${detail}`;
  return `${messageOf(error)}${at}${more} [${state}]`;
}

function hintFor(state: string | undefined): string | undefined {
  switch (state) {
    case '28P01':
    case '28000':
      return 'check user and password, and what pg_hba.conf allows';
    case '3D000':
      return 'check the name of the database';
    case '42501':
      return 'grant the user what is missing';
    case '57014':
      return 'raise `statementTimeout`';
    case '53300':
      return 'the server has no connection left';
    default:
      return undefined;
  }
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}
