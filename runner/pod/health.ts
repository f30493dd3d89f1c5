/** What probes of the kubelet ask. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';

/** A request that is slower is cut off, in milliseconds. */
const REQUEST_MS = 5000;

/**
 * `/live` (and `/healthz`) answers for as long as the loop of the process turns; `/ready` with 200, or with 503 and what the Pod
 * waits for.
 */
export class PodHealth {
  #reason: () => string | null;
  #server: Server | null = null;

  /** `reason` is what it waits for until `becomes` says something else. */
  constructor(reason: string) {
    this.#reason = () => reason;
  }

  becomes(reason: () => string | null): void {
    this.#reason = reason;
  }

  /** Answers the port; 0 asks for any. Rejects when it is taken. */
  async serve(port: number): Promise<number> {
    const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      const path = request.url?.split('?')[0];
      const reason = path === '/ready' ? this.#reason() : null;
      const known = path === '/ready' || path === '/live' || path === '/healthz';
      const status = known ? (reason === null ? 200 : 503) : 404;
      response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
      response.end(known ? (reason ?? 'ok') : 'not found');
    });
    this.#server = server;
    server.listen(port);
    await once(server, 'listening');
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}
