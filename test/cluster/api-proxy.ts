/**
 * A plain HTTP proxy in front of an API server, which does to the requests of a controller what networks and servers do: it
 * refuses, delays, forgets, and drops watch events.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly isWatch: boolean;
  /** Anything that changes something. */
  readonly isWrite: boolean;
}

/** What becomes of a request. */
export type Fate =
  | { readonly do: 'pass' }
  /** The API server never sees it. */
  | { readonly do: 'refuse'; readonly status: number; readonly reason: string; readonly retryAfter?: number }
  /** The connection is cut before anything is passed on. */
  | { readonly do: 'cut' }
  /** It is passed on and done, and `afterwards` is called before the caller hears of it: then the connection is cut. */
  | { readonly do: 'done-and-cut'; readonly afterwards?: () => void }
  | { readonly do: 'delay'; readonly ms: number };

/** What becomes of one line of a watch. */
export type LineFate = 'pass' | 'drop' | 'cut' | { readonly delayMs: number };

export interface ApiProxy {
  readonly url: string;
  /** What happens to requests from now on; everything passes when null. */
  fate: ((asked: ProxiedRequest) => Fate) | null;
  /** What happens to the lines of watches. */
  line: ((asked: ProxiedRequest) => LineFate) | null;
  /** Ends all watches that are under way. */
  cutWatches(): void;
  /** Hears of every answer of the API server when it begins. */
  answered: ((asked: ProxiedRequest, status: number) => void) | null;
  /** Writes that the API server has done. */
  readonly writes: () => number;
  /** Writes a kubeconfig that leads through the proxy. */
  kubeconfig(file: string): Promise<void>;
  close(): Promise<void>;
}

export async function startApiProxy(kubeconfig: string): Promise<ApiProxy> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const upstream = new URL(config.getCurrentCluster()!.server);
  const tls: RequestOptions = {};
  await config.applyToHTTPSOptions(tls);
  let writes = 0;
  const watches = new Set<ServerResponse>();

  const server = createServer((asked, answer) => {
    void pass(asked, answer).catch(() => asked.socket.destroy());
  });

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = asked;
    const isWatch = /[?&]watch=true/.test(url);
    const what: ProxiedRequest = { method, url, isWatch, isWrite: method !== 'GET' && method !== 'HEAD' };
    const fate: Fate = proxy.fate?.(what) ?? { do: 'pass' };
    if (fate.do === 'cut') return void asked.socket.destroy();
    if (fate.do === 'refuse') return refuse(answer, fate);
    if (fate.do === 'delay') await new Promise((resolve) => setTimeout(resolve, fate.ms));
    const { host: _, connection: __, ...headers } = asked.headers;
    const onward = request({
      ...tls,
      hostname: upstream.hostname,
      port: upstream.port,
      path: url,
      method,
      headers: { ...headers, host: upstream.host },
    });
    asked.pipe(onward);
    answer.on('close', () => onward.destroy());
    const [given] = (await once(onward, 'response')) as [IncomingMessage];
    if (what.isWrite && (given.statusCode ?? 500) < 300) writes++;
    proxy.answered?.(what, given.statusCode ?? 500);
    if (fate.do === 'done-and-cut') {
      // A watch has no end to wait for.
      if (!isWatch) {
        given.resume();
        await once(given, 'end');
      }
      fate.afterwards?.();
      return void asked.socket.destroy();
    }
    answer.writeHead(given.statusCode ?? 502, given.headers);
    if (!isWatch) return void given.pipe(answer);
    watches.add(answer);
    answer.on('close', () => watches.delete(answer));
    await passLines(given, answer, what);
  }

  /** Whole lines, each with a fate of its own; what is delayed keeps its order. */
  async function passLines(given: IncomingMessage, answer: ServerResponse, what: ProxiedRequest): Promise<void> {
    let rest = '';
    given.setEncoding('utf8');
    for await (const chunk of given) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const fate = proxy.line?.(what) ?? 'pass';
        if (fate === 'cut') return void answer.destroy();
        if (fate === 'drop') continue;
        if (fate !== 'pass') await new Promise((resolve) => setTimeout(resolve, fate.delayMs));
        answer.write(`${line}\n`);
      }
    }
    answer.end();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy: ApiProxy = {
    url,
    fate: null,
    line: null,
    answered: null,
    cutWatches: () => {
      for (const each of watches) each.destroy();
    },
    writes: () => writes,
    kubeconfig: (file) => writeFile(file, kubeconfigOf(url)),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}

function refuse(answer: ServerResponse, { status, reason, retryAfter }: Extract<Fate, { do: 'refuse' }>): void {
  const after = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  answer.writeHead(status, { 'Content-Type': 'application/json', ...after });
  const message = `the proxy of a test answers ${status}`;
  answer.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message }));
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'proxy',
    // The client speaks plain HTTP only where it is told not to look at certificates.
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'nobody' } }],
  });
}
