/**
 * A mailing service to try the example with: checks the signature of each request as Standard Webhooks asks, and
 * answers 400 to every address that ends with `@invalid.example`. Prints what it takes.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const TOLERANCE_SECONDS = 300;

export interface Receiver {
  readonly url: string;
  /** Bodies that were taken, in the order they came. */
  readonly taken: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export async function startReceiver(secret: string, port = 0): Promise<Receiver> {
  const taken: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      if (!isSigned(request, body, secret)) return response.writeHead(401).end();
      const user = JSON.parse(body) as Record<string, unknown>;
      if (String(user['email']).endsWith('@invalid.example')) return response.writeHead(400).end('no such mailbox');
      taken.push(user);
      return response.writeHead(202).end();
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { url, taken, close };
}

/** https://www.standardwebhooks.com: HMAC-SHA256 over id, timestamp and body. */
function isSigned({ headers }: IncomingMessage, body: string, secret: string): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
}

if (import.meta.main) {
  const { url, taken } = await startReceiver(process.env['MAILING_SECRET'] ?? '', 9099);
  process.stdout.write(`the mailing service listens on ${url}\n`);
  let shown = 0;
  setInterval(() => {
    for (; shown < taken.length; shown++) process.stdout.write(`welcome mail to ${String(taken[shown]!['email'])}\n`);
  }, 200);
}
