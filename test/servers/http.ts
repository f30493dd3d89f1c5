/** A real HTTP server on a free port of the loopback, whose paths answer as a test tells them to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** When it came, in milliseconds of `performance.now()`. */
  readonly at: number;
}

/** Answers one request. See `http-behaviours.ts` for ready-made ones. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface TestHttpServer {
  /** `http://127.0.0.1:port`, or with another host */
  readonly url: string;
  readonly port: number;
  /** Everything that was asked, in order. */
  readonly requests: readonly SeenRequest[];
  /** Sets what a path answers from now on. Other paths answer 404. */
  on(path: string, behaviour: Behaviour): void;
  /** How many connections are open. */
  connections(): number;
  /** Resolves when no connection is open; rejects after `withinMs`. */
  idle(withinMs?: number): Promise<void>;
  /** Ends all connections and the server. */
  close(): Promise<void>;
}

/** `host`: the address of this machine that it listens at, where loopback does not do. */
export async function startHttpServer(
  behaviours: Readonly<Record<string, Behaviour>> = {},
  host = '127.0.0.1',
): Promise<TestHttpServer> {
  const routes = new Map(Object.entries(behaviours));
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    // What a client that goes away in the middle leaves behind is part of the tests.
    response.on('error', () => undefined);
    void answer(incoming, response).catch(() => response.destroy());
  });
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await seen(incoming);
    requests.push(request);
    const behaviour = routes.get(request.path);
    if (behaviour !== undefined) return behaviour(request, response);
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    requests,
    on: (path, behaviour) => routes.set(path, behaviour),
    connections: () => sockets.size,
    idle: (withinMs = 2000) => allClosed(sockets, withinMs),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function seen(incoming: IncomingMessage): Promise<SeenRequest> {
  const at = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const target = incoming.url ?? '/';
  const url = new URL(target, 'http://server');
  return {
    method: incoming.method ?? '',
    target,
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
    at,
  };
}

async function allClosed(sockets: ReadonlySet<Socket>, withinMs: number): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  for (const socket of sockets) {
    await new Promise<void>((resolve, reject) => {
      if (socket.destroyed) return resolve();
      socket.once('close', () => resolve());
      signal.addEventListener('abort', () => reject(new Error(`${sockets.size} connections are still open`)));
    });
  }
}
