/** A served Headgate with pipelines like those of the designs, for the suites of the SDKs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startTestServer, type TestServer } from '../../test/server.ts';
import { createRepository } from '../../test/servers/git.ts';
import { startFaultyProxy, type FaultyProxy } from './faults.ts';

export interface Lab {
  readonly url: string;
  /** Of an administrator. */
  readonly token: string;
  /** May only read. */
  readonly readToken: string;
  /** The id of `orders-stream`. */
  readonly streamId: string;
  readonly proxy: FaultyProxy;
  readonly server: () => TestServer;
  /** Ends the server and starts it again at the same address, with the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const NAMES = ['user-analytics', 'slow-export', 'orders-stream'];
const head = (name: string): string =>
  `apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: ${name}}\nspec:`;
const FILES = {
  'user-analytics.yaml': `${head('user-analytics')}
  version: '1.0'
  schedule: 0 5 1 1 *
  variables: {REGION: eu}
  source: {connector: generator, settings: {rows: 892}, stream: orders}
  destination: {connector: file, settings: {path: users.parquet}}
`,
  'slow-export.yaml': `${head('slow-export')}
  source: {connector: generator, settings: {rows: 100000, rowsPerSecond: 50}, stream: orders}
  destination: {connector: file, settings: {path: slow.parquet}}
`,
  'orders-stream.yaml': `${head('orders-stream')}
  source: {connector: events}
  destination: {connector: file, settings: {path: orders.ndjson}}
  batch: {size: 500, interval: 20ms}
`,
};

/** Ready when all pipelines are. The repository is a bare one, as at a host of Git. */
export async function startLab(): Promise<Lab> {
  const work = await createRepository();
  const bare = await createRepository({ bare: true });
  await work.commit(FILES);
  await work.git('push', '--quiet', bare.dir, 'HEAD:main');
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-sdk-'));
  const port = await freePort();
  const start = async (): Promise<TestServer> => {
    const limits = { requestsPerSecond: 10_000 };
    const started = await startTestServer(bare.dir, { branch: 'main', writeBack: 'commit', dataDir, port, limits });
    await eventually('the pipelines to be active', () => areActive(started), 30_000);
    return started;
  };
  let server = await start();
  const proxy = await startFaultyProxy(() => server.url);
  const { id } = (await (await server.api('/v1/pipelines/orders-stream')).json()) as { id: string };
  return {
    url: server.url,
    token: server.adminToken.token,
    readToken: await tokenThatReads(server),
    streamId: id,
    proxy,
    server: () => server,
    restart: async () => {
      await server.close(2000);
      server = await start();
    },
    close: async () => {
      await proxy.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
      await work.remove();
      await bare.remove();
    },
  };
}

async function areActive(server: TestServer): Promise<boolean> {
  const answers = await Promise.all(NAMES.map((name) => server.api(`/v1/pipelines/${name}`)));
  const views = await Promise.all(answers.map(async (answer) => (await answer.json()) as { status?: string }));
  return views.every(({ status }) => status === 'active');
}

async function tokenThatReads(server: TestServer): Promise<string> {
  const answer = await server.api('/v1/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'reader', scopes: ['read'] }),
  });
  return ((await answer.json()) as { token: string }).token;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
