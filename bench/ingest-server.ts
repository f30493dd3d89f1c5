/**
 * A server for `bench/events-ingest.ts`, in a process of its own: `api`, the HTTP API over a store with one stream pipeline
 * and nobody who delivers, or `koa`, a bare Koa that answers with the JSON it was sent. Prints where it listens as one line.
 *
 *     node bench/ingest-server.ts api /folder [redis://…]
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Koa from 'koa';
import { startApi } from '../api/server.ts';
import { issueToken } from '../api/tokens.ts';
import { openLocalResources } from '../controller/resources/local.ts';
import { API_VERSION, type Resource } from '../crds/index.ts';
import { createLogger } from '../foundation/log.ts';
import { openStore } from '../store/open.ts';
import { keyPlace } from '../store/secrets/key-file.ts';
import { openKeyring } from '../store/secrets/keyring.ts';
import { SecretStore } from '../store/secrets/secret-store.ts';
import { openSqlite } from '../store/sqlite/open.ts';

export interface Listening {
  readonly url: string;
  /** Of the API. */
  readonly token: string;
}

const PIPELINE = 'bench';
const EVENTS_PER_SECOND = 10_000_000;

async function api(
  folder: string,
  storeUrl: string | undefined,
): Promise<{ listening: Listening; close: () => Promise<void> }> {
  const sqlite = await openSqlite(join(folder, 'headgate.db'));
  const store = storeUrl === undefined ? sqlite.store : await openStore(storeUrl);
  const resources = openLocalResources(sqlite.database);
  const origin = { repositoryId: null, file: null, line: null };
  const spec = {
    source: { connector: 'events' },
    destination: { connector: 'stdout' },
    limits: { eventsPerSecond: EVENTS_PER_SECOND },
    history: { eventBytes: '100Gi' },
  };
  const metadata = { name: PIPELINE, namespace: 'default' };
  const resource: Resource = { apiVersion: API_VERSION, kind: 'Pipeline', metadata, spec };
  await resources.apply([{ action: 'apply', resource, revision: 'bench', origin }]);
  const wish = { name: 'bench', environment: 'bench', scopes: ['ingest'] as const, workspaces: null, expiresAt: null };
  const { secret, record } = issueToken(wish, Date.now());
  await store.tokens.create(record);
  const running = await startApi(
    {
      resources,
      store,
      secrets: new SecretStore(store.secrets, openKeyring(keyPlace({ dataDir: folder }), [])),
      rotateKey: () => Promise.reject(new Error('no key is changed here')),
      controller: {
        wake: () => undefined,
        planRevision: () => Promise.reject(new Error('nothing is planned')),
        planDocuments: () => Promise.reject(new Error('nothing is planned')),
        write: () => Promise.reject(new Error('nothing is written here')),
        check: () => Promise.reject(new Error('nothing is checked here')),
        notReady: () => [],
      },
      environment: 'bench',
      dataDir: folder,
      log: createLogger({ level: 'warn' }),
      clock: Date.now,
      version: '0',
    },
    { port: 0, limits: { eventsPerSecond: EVENTS_PER_SECOND } },
  );
  const close = async (): Promise<void> => {
    await running.close(5000);
    if (store !== sqlite.store) await store.close();
    await sqlite.store.close();
  };
  return { listening: { url: running.url, token: secret }, close };
}

async function koa(): Promise<{ listening: Listening; close: () => Promise<void> }> {
  const app = new Koa().use(async (ctx) => {
    ctx.body = JSON.parse(await textOf(ctx.req)) as unknown;
  });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { listening: { url, token: '' }, close };
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

if (import.meta.main) {
  const [kind, folder, storeUrl] = process.argv.slice(2);
  const { listening, close } = kind === 'koa' ? await koa() : await api(folder!, storeUrl);
  process.stdout.write(`${JSON.stringify(listening)}\n`);
  await once(process, 'SIGTERM');
  await close();
  process.exitCode = 0;
}
