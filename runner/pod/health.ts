/** What probes of the kubelet ask. */
import { createServer } from 'node:http';
import { once } from 'node:events';

export interface HealthServer {
  /** The port it listens on. */
  readonly port: number;
  close(): void;
}

/** A request that is slower is cut off, in milliseconds. */
const REQUEST_MS = 5000;

/**
 * Serves `/live` (and `/healthz`), which answers for as long as the loop of the process turns, and `/ready`: 200, or 503 with the
 * reason that `ready` gives. Rejects when the port is taken.
 */
export async function serveHealth(port: number, ready: () => string | null): Promise<HealthServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const path = request.url?.split('?')[0];
    const reason = path === '/ready' ? ready() : null;
    const known = path === '/ready' || path === '/live' || path === '/healthz';
    const status = known ? (reason === null ? 200 : 503) : 404;
    response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
    response.end(known ? (reason ?? 'ok') : 'not found');
  });
  server.listen(port);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
