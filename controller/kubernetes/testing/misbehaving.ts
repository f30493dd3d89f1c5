/** For tests: an HTTP server that speaks list and watch as the Kubernetes API does, and misbehaves as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from '../cluster.ts';

/** Answers one request; `url` is that of the request. */
export type Answer = (response: ServerResponse, url: URL) => void;

export interface MisbehavingServer {
  readonly cluster: Cluster;
  /** Path and query of each request so far: `list`, `list continue=…`, `watch 7`. */
  readonly asked: string[];
  /** What the next requests are answered, one each; the last one stays. */
  lists: Answer[];
  watches: Answer[];
  /** A line to every watch that is open. */
  send(line: string): void;
  event(type: string, name: string, version: number): void;
  /** Ends every open watch: orderly, or by cutting the connection. */
  end(how: 'orderly' | 'cut'): void;
  close(): Promise<void>;
}

export const object = (name: string, version: number): Record<string, unknown> => ({
  metadata: { name, namespace: 'shop', resourceVersion: String(version) },
});

export const listOf =
  (version: number, names: readonly [string, number][], next?: string): Answer =>
  (response) => {
    const metadata = { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) };
    json(response, 200, { items: names.map(([name, of]) => object(name, of)), metadata });
  };

export const failing =
  (status: number, reason: string, headers: Record<string, string> = {}): Answer =>
  (response) => {
    json(response, status, { kind: 'Status', code: status, reason, message: reason }, headers);
  };

export const eventLine = (type: string, name: string, version: number): string =>
  `${JSON.stringify({ type, object: object(name, version) })}\n`;

/** A watch that stays open, and begins with these lines. */
export const open =
  (...lines: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    for (const line of lines) response.write(line);
  };

export async function misbehavingServer(): Promise<MisbehavingServer> {
  const watching = new Set<ServerResponse>();
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const isWatch = url.searchParams.get('watch') === 'true';
    const from = url.searchParams.get('continue');
    asked.push(isWatch ? `watch ${url.searchParams.get('resourceVersion')}` : `list${from === null ? '' : ` ${from}`}`);
    const answers = isWatch ? it.watches : it.lists;
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (isWatch) {
      watching.add(response);
      response.on('close', () => watching.delete(response));
    }
    answer(response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: 'c', server: address, skipTLSVerify: true }, { name: 'u' });
  const cluster = new Cluster(config);
  const it: MisbehavingServer = {
    cluster,
    asked,
    lists: [listOf(1, [])],
    watches: [open()],
    send: (line) => {
      for (const response of watching) response.write(line);
    },
    event: (type, name, version) => it.send(eventLine(type, name, version)),
    end: (how) => {
      for (const response of watching) {
        if (how === 'cut') response.destroy();
        else response.end();
      }
    },
    close: async () => {
      it.end('cut');
      await cluster.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  return it;
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
