import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import Koa from 'koa';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HeadgateError } from '../foundation/errors.ts';
import type { Logger } from '../foundation/log.ts';
import { sleep } from '../foundation/time.ts';
import { createAddressOf } from './access/address.ts';
import { createAuthenticator } from './access/authenticator.ts';
import { createFailures } from './access/failures.ts';
import { startHousekeeping } from './changes/housekeeping.ts';
import { DEFAULT_LIMITS, type ApiDeps, type ApiLimits, type RouteDeps } from './deps.ts';
import { createThroughput } from './events/throughput.ts';
import { mountRoutes } from './http/mount.ts';
import { answerClientErrors } from './http/client-errors.ts';
import { createSlots } from './http/slots.ts';
import { eventMetrics } from './metrics/events.ts';
import { createIngest } from './ingest/ingest.ts';
import { createUses } from './integrations/uses.ts';
import { createTokenCache, REVOKED_MS } from './ingest/token-cache.ts';
import { httpMetrics } from './metrics/http.ts';
import { stateMetrics } from './metrics/state.ts';
import { accessLog } from './middleware/access-log.ts';
import { methods } from './middleware/methods.ts';
import { problemDetails } from './middleware/problem.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { createCursors } from './paging/cursor.ts';
import { PRESENTERS } from './presenters/index.ts';
import { createRoutes } from './routes/index.ts';
import { ensureSecretFile } from './secret-file.ts';

interface ApiOptions {
  readonly limits?: Partial<ApiLimits>;
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none when left out. */
  readonly trustedProxies?: readonly string[];
  /** Aborts when the server begins to stop. */
  readonly closing?: AbortSignal;
}

const CURSOR_KEY_FILE = 'cursor-key';

/** What serves requests, and how to end it. */
interface Api {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly close: () => void;
}

/** The API: a handler for events, and behind it a Koa application. Makes `<dataDir>/cursor-key` where there is no key. */
function createApi(deps: ApiDeps, options: ApiOptions): Api {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const registry = deps.metrics ?? new Registry();
  const authenticator = createAuthenticator(deps, createFailures(limits, registry, deps.log));
  const tokens = createTokenCache(authenticator, deps.clock);
  const routeDeps: RouteDeps = {
    ...deps,
    metrics: registry,
    limits,
    uses: createUses(deps.resources),
    throughput: createThroughput(),
    cursors: createCursors(deps.cursorKey ?? ensureSecretFile(join(deps.dataDir, CURSOR_KEY_FILE))),
    authenticator,
    addressOf: createAddressOf(options.trustedProxies ?? []),
    revokeToken: async (id) => {
      const found = await deps.store.tokens.revoke(id, deps.clock());
      tokens.forget();
      if (found) await sleep(REVOKED_MS);
      return found;
    },
    slots: {
      streams: createSlots('live streams', limits.streams),
      conversions: createSlots('conversions', limits.conversions),
    },
    closing: options.closing ?? new AbortController().signal,
  };
  stateMetrics(routeDeps.metrics, routeDeps);
  eventMetrics(routeDeps.metrics, routeDeps);
  collectDefaultMetrics({ register: routeDeps.metrics });
  const router = mountRoutes(createRoutes(PRESENTERS, deps.version), PRESENTERS, routeDeps);
  const metrics = httpMetrics(routeDeps.metrics);
  const ingest = createIngest(routeDeps, PRESENTERS, tokens, metrics);
  const endHousekeeping = startHousekeeping(routeDeps);
  const app = new Koa();
  app.on('error', logBrokenAnswer(deps.log));
  app
    .use(requestId())
    .use(accessLog(deps.log, metrics))
    .use(securityHeaders())
    .use(problemDetails(deps.log))
    .use(router.routes())
    .use(methods(router));
  const koa = app.callback();
  return {
    handle: (request, response) => {
      if (!ingest.take(request, response)) void koa(request, response);
    },
    close: () => {
      ingest.close();
      endHousekeeping();
    },
  };
}

/** What a stream throws when the client went away in the middle of an answer: nobody's fault. */
const CLIENT_GONE = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'unavailable',
]);

/** Logs answers that broke off after they had begun; those that failed before are logged by `problemDetails`. */
function logBrokenAnswer(log: Logger): (error: Error & { code?: string }, ctx?: Koa.Context) => void {
  return (error, ctx) => {
    const level = CLIENT_GONE.has(error.code ?? '') ? 'debug' : 'error';
    log[level]({ request_id: ctx?.state['requestId'], err: error }, 'answer broke off');
  };
}

export interface ListenOptions extends Omit<ApiOptions, 'closing'> {
  /** 127.0.0.1 when left out. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface RunningApi {
  readonly url: string;
  /** Stops accepting, ends streams, lets requests finish for `graceMs` milliseconds, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** Bounds on what a connection may do before a request is complete: header size in bytes, times in milliseconds. */
const CONNECTION_LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
};

/** Serves the API. Rejects with `conflict` when the port is taken. */
export async function startApi(deps: ApiDeps, options: ListenOptions): Promise<RunningApi> {
  const closing = new AbortController();
  const api = createApi(deps, { ...options, closing: closing.signal });
  const open = new Set<ServerResponse>();
  const server = createServer(CONNECTION_LIMITS, (request, response) => {
    open.add(response);
    // Koa, the piped stream and the middlewares each listen for the end of a response.
    response.setMaxListeners(20);
    response.once('close', () => open.delete(response));
    // Nothing was sent for `stallMs`: either there is nothing to say, as in a log that is followed, or nobody takes it.
    response.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) socket.destroy();
    });
    if (closing.signal.aborted) response.setHeader('Connection', 'close');
    api.handle(request, response);
  });
  server.maxConnections = 10_000;
  server.timeout = options.limits?.stallMs ?? DEFAULT_LIMITS.stallMs;
  answerClientErrors(server, open);
  const host = options.host ?? '127.0.0.1';
  await listen(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: (graceMs) => (closed ??= shutDown(server, open, closing, graceMs).finally(() => api.close())),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new HeadgateError('conflict', `${where} is in use`, { hint: 'choose another port with --listen' })
          : new HeadgateError('invalid_request', `cannot listen on ${where}: ${error.message}`, {
              hint: 'name an address of this machine, and a port that this user may open, with --listen',
              cause: error,
            }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function shutDown(
  server: Server,
  open: ReadonlySet<ServerResponse>,
  closing: AbortController,
  graceMs: number,
): Promise<void> {
  for (const response of open) {
    if (!response.headersSent) response.setHeader('Connection', 'close');
    // A stream has told the client long ago that the connection stays: it is closed as soon as it is idle.
    else response.once('close', () => setImmediate(() => server.closeIdleConnections()));
  }
  closing.abort(new HeadgateError('unavailable', 'the server is stopping', { retryable: true }));
  const done = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await done;
  clearTimeout(timer);
}
