import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HeadgateError } from '../../foundation/errors.ts';
import { createGather } from '../http/gather.ts';
import type { Ticket } from './admission.ts';

export interface BodyReader {
  /**
   * The bytes of a body of at most `limit`, counted on `ticket`. Rejects with `payload_too_large` as soon as the limit is
   * known to be passed, `request_timeout`, `overloaded`, or `invalid_request` when the client leaves in the middle.
   */
  read(request: IncomingMessage, ticket: Ticket, limit: number): Promise<Buffer>;
}

interface Waiting {
  readonly until: number;
  readonly expire: () => void;
}

/** One timer for all bodies, since they all have the same time: most are there before a timer of their own was made. */
export function createBodyReader(timeoutMs: number): BodyReader {
  // In the order of their ends.
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  const sweep = (): void => {
    const now = performance.now();
    for (const body of waiting) {
      if (body.until > now) break;
      body.expire();
    }
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const late = (): HeadgateError =>
    new HeadgateError('request_timeout', `the body did not arrive within ${timeoutMs / 1000} s`, { retryable: true });

  return {
    read: (request, ticket, limit) =>
      new Promise((resolve, reject) => {
        if (Number(request.headers['content-length'] ?? 0) > limit) return reject(bodyTooLarge(limit));
        const gather = createGather();
        let size = 0;
        let settled = false;
        const end = (error?: Error): void => {
          if (settled) return;
          settled = true;
          waiting.delete(entry);
          if (error !== undefined) return reject(error);
          resolve(gather.bytes());
        };
        const entry: Waiting = { until: performance.now() + timeoutMs, expire: () => end(late()) };
        waiting.add(entry);
        timer ??= setInterval(sweep, Math.min(1000, Math.ceil(timeoutMs / 4))).unref();
        request.on('data', (chunk: Buffer) => {
          if (settled) return;
          size += chunk.length;
          if (size > limit) return end(bodyTooLarge(limit));
          try {
            ticket.hold(chunk.length);
          } catch (error) {
            return end(error as Error);
          }
          gather.add(chunk);
        });
        request.once('end', () => end());
        const gone = (): void => {
          if (!settled) end(new HeadgateError('invalid_request', 'the connection ended before the body was complete'));
        };
        request.once('error', gone);
        request.once('close', gone);
      }),
  };
}

export function bodyTooLarge(limit: number): HeadgateError {
  return new HeadgateError('payload_too_large', `the body is over ${limit} bytes`);
}

/** The text of a body. Throws `invalid_request` when it is empty or not UTF-8. */
export function textOf(bytes: Buffer): string {
  if (bytes.length === 0) throw new HeadgateError('invalid_request', 'a body is needed', { hint: 'send JSON' });
  if (!isUtf8(bytes)) {
    throw new HeadgateError('invalid_request', 'the body is not UTF-8 text', { hint: 'send UTF-8' });
  }
  // A byte order mark is no part of the text (RFC 8259, 8.1).
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', marked ? 3 : 0);
}
