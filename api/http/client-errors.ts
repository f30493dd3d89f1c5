import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CODES, HeadgateError, type ErrorCodeName } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import { problemOf, PROBLEM_TYPE } from '../middleware/problem.ts';

/** What Node's parser says of bytes that make no request (https://nodejs.org/api/http.html#event-clienterror). */
const KNOWN: Readonly<Record<string, readonly [ErrorCodeName, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'address and header fields are over 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'the request did not arrive in time'],
};

/** Answers what is no request with problem details, as everything else is, and closes the connection. */
export function answerClientErrors(server: Server, open: ReadonlySet<ServerResponse>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Into an answer that has begun nothing else can be written.
    const begun = [...open].some((response) => response.socket === socket && response.headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || begun) {
      socket.destroy();
      return;
    }
    const [code, message] = KNOWN[error.code ?? ''] ?? ['invalid_request', 'this is not HTTP'];
    const { status } = ERROR_CODES[code];
    const body = JSON.stringify(problemOf(new HeadgateError(code, message), '/', newId('req')));
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
