/** The whole server, wired: store, platform, API. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { messageOf } from '../../foundation/errors.ts';
import { startApi } from '../../api/server.ts';
import { ensureSecretFile } from '../../api/secret-file.ts';
import { ensureAdminToken } from '../../api/tokens.ts';
import { removeServerFile, writeServerFile } from '../server-file.ts';
import { prepareDataFolder } from './data-folder.ts';
import { openSecrets } from './secrets.ts';
import { openStandalone } from './standalone.ts';
import { openStores, type Stores } from './stores.ts';
import type { Ground, Platform, RunningServer, ServerOptions, Started } from './types.ts';

export type { RunningServer, ServerOptions } from './types.ts';

const API_GRACE_MS = 5000;
const CURSOR_KEY_FILE = 'cursor-key';

/** Throws what is wrong with the options, the data folder, the store or the platform; then nothing of it is left running. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir } = options;
  await prepareDataFolder(dataDir);
  const storeUrl = options.store ?? `sqlite:${join(dataDir, 'headgate.db')}`;
  const stores = await openStores(storeUrl, dataDir);
  const started: Started = [{ close: stores.close }];
  for (const warning of stores.store.warnings ?? []) options.log.warn({ module: 'store' }, warning);
  try {
    return await wire(options, storeUrl, stores, started);
  } catch (error) {
    // A server that could not start leaves no process, port or file open behind.
    for (const { close } of started.reverse()) {
      await close().catch((cause: unknown) => options.log.warn({ error: messageOf(cause) }, 'could not be closed'));
    }
    throw error;
  }
}

async function wire(
  options: ServerOptions,
  storeUrl: string,
  stores: Stores,
  started: Started,
): Promise<RunningServer> {
  const { dataDir, log, environment } = options;
  const { store } = stores;
  const clock = Date.now;
  const opened = await openSecrets(options, stores, clock);
  const following = await opened.follow(log.child({ module: 'secrets' }));
  started.push({ close: async () => following.close() });
  const metrics = new Registry();
  const platform = await openPlatform({ options, storeUrl, stores, opened, metrics, clock }, started);
  const adminToken = await ensureAdminToken({
    store,
    dataDir,
    environment,
    clock,
    ...(options.adminToken === undefined ? {} : { fromEnv: options.adminToken }),
  });
  const api = await startApi(
    {
      ...platform,
      store,
      rotateKey: (wish) => opened.rotate(wish),
      environment,
      dataDir: platform.outputsDir ?? dataDir,
      cursorKey: cursorKeyOf(options.secretKey ?? ensureSecretFile(join(dataDir, CURSOR_KEY_FILE))),
      metrics,
      log: log.child({ module: 'api' }),
      clock,
      version: options.version,
    },
    {
      host: options.host,
      port: options.port,
      limits: options.limits ?? {},
      trustedProxies: options.trustedProxies ?? [],
    },
  );
  started.push({ close: () => api.close(0) });
  await platform.start();
  writeServerFile(dataDir, { url: api.url, pid: process.pid });
  return {
    url: api.url,
    store,
    resources: platform.resources,
    controller: platform.controller,
    adminToken,
    repositoryId: platform.repositoryId,
    failed: platform.failed ?? new Promise(() => undefined),
    abandon: () => platform.abandon(),
    close: async (graceMs) => {
      removeServerFile(dataDir, process.pid);
      await platform.close(graceMs, api.close(API_GRACE_MS));
      following.close();
      await stores.close();
    },
  };
}

/** Kubernetes takes a while to load, and most servers need nothing of it. */
async function openPlatform(ground: Ground, started: Started): Promise<Platform> {
  if (ground.options.kubernetes === undefined) return openStandalone(ground, started);
  const { openKubernetes } = await import('./kubernetes.ts');
  return openKubernetes(ground, ground.options.kubernetes, started);
}

/** Servers that share their key read each other's cursors, whichever of them a client is led to. */
function cursorKeyOf(secretKey: string): string {
  return createHash('sha256').update(`headgate cursors\n${secretKey}`).digest('hex');
}
