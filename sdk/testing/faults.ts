/**
 * Stands between a client and a server, hands everything on, and does to single requests what networks and busy servers do to
 * them. What is behind it is the real server.
 */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Fault =
  /** Answers by itself; the server hears nothing. */
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Breaks the connection, before the server hears of the request or after it has answered it. */
  | { readonly do: 'reset'; readonly when: 'before' | 'after' }
  /** Never answers. */
  | { readonly do: 'hang' }
  /** Breaks the connection after so many bytes of the answer's body. */
  | { readonly do: 'cut'; readonly after: number };

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FaultyProxy {
  readonly url: string;
  readonly seen: Seen[];
  /** For the next requests, one each. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

/** `POST /__faults` sets the faults, `GET /__seen` answers and forgets the requests: for tests in other languages. */
export async function startFaultyProxy(target: () => string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    response.on('error', () => undefined);
    void handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    if (incoming.url === '/__faults') {
      faults.splice(0, faults.length, ...(JSON.parse(body.toString()) as Fault[]));
      response.end('{}');
      return;
    }
    if (incoming.url === '/__seen') {
      response.end(JSON.stringify(seen.splice(0)));
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    seen.push({ method, target: url, headers, body: body.toString() });
    const fault = faults.shift();
    if (fault?.do === 'hang') return;
    if (fault?.do === 'reset' && fault.when === 'before') incoming.socket.resetAndDestroy();
    else if (fault?.do === 'answer') response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    else pass(new URL(url, target()), incoming, body, response, fault);
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    faults,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function pass(
  url: URL,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  const { socket } = incoming;
  const { connection: _own, ...headers } = incoming.headers;
  const onward = forward(url, { method: incoming.method, headers, agent: false }, (answer) => {
    if (fault?.do === 'reset') {
      answer.resume().once('end', () => socket.resetAndDestroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    let left = fault?.do === 'cut' ? fault.after : Number.POSITIVE_INFINITY;
    answer.on('data', (piece: Buffer) => {
      if (left <= 0) return;
      response.write(piece.subarray(0, left), () => {
        if (left <= 0) socket.resetAndDestroy();
      });
      left -= piece.length;
    });
    answer.once('end', () => left > 0 && response.end());
    answer.once('error', () => socket.destroy());
  });
  onward.once('error', () => socket.destroy());
  response.once('close', () => onward.destroy());
  onward.end(body);
}
