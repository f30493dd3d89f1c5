import { HeadgateError, messageOf, type ErrorCodeName } from '../../../foundation/errors.ts';
import { describeUrl } from './describe-url.ts';

/** What stopped a request or the reading of its answer, as the error to throw: worth another try unless it is final. */
export function connectionError(
  error: unknown,
  method: string,
  url: URL,
  failure: ErrorCodeName,
  signal: AbortSignal,
): Error {
  if (signal.aborted) return signal.reason as Error;
  if (error instanceof HeadgateError) {
    if (error.code !== 'source_failed' || failure === 'source_failed') return error;
    return new HeadgateError(failure, error.message, { cause: error, retryable: error.retryable, hint: error.hint });
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? messageOf(error);
  const final = /CERT|TLS|SSL|ALTNAME|SELF_SIGNED|^Z_DATA|HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_INVALID_ARG/.test(code);
  return new HeadgateError(failure, `${method} ${describeUrl(url)} failed: ${reason}`, {
    cause: error,
    // What has no code did not come from the network.
    retryable: code !== '' && !final,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within `connectTimeout`',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within `timeout`',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped for longer than `timeout`',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  Z_DATA_ERROR: 'the compressed answer is damaged',
  Z_BUF_ERROR: 'the compressed answer is cut off',
};
