/** The whole standalone server, wired: store, resources, runners, controller, API. */
import { join } from 'node:path';
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import { openStore, sqlitePath } from '../../store/open.ts';
import type { Database } from '../../store/sqlite/database.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Store } from '../../store/ports.ts';
import type { SecretStore } from '../../store/secrets/secret-store.ts';
import { resolveText } from '../../runner/references.ts';
import { Controller } from '../../controller/controller.ts';
import { inheritedEnvironment } from '../../controller/git/git.ts';
import type { ControllerHandle } from '../../controller/handle.ts';
import type { Resources } from '../../controller/ports.ts';
import { FileCache } from '../../controller/resources/file-cache.ts';
import { openLocalResources } from '../../controller/resources/local.ts';
import { LocalRunners } from '../../controller/runners/local.ts';
import { LocalChecks } from '../../controller/runners/local-checks.ts';
import { LocalStreams } from '../../controller/runners/local-streams.ts';
import type { ApiLimits } from '../../api/deps.ts';
import { startApi } from '../../api/server.ts';
import { ensureAdminToken } from '../../api/tokens.ts';
import { removeServerFile, writeServerFile } from '../server-file.ts';
import { readAllowedFile } from './allowed-file.ts';
import { prepareDataFolder } from './data-folder.ts';
import { declareRepository, isLocalRepository } from './repository.ts';
import { openSecrets } from './secrets.ts';

export interface ServerOptions {
  /** A Git URL or a path; null: only what the store already knows. */
  readonly repo: string | null;
  readonly branch: string;
  readonly path: string;
  /** What a change through the API becomes in the repository of `repo`; `deny` when left out. */
  readonly writeBack?: RepositorySpec['writeBack'];
  /** Absolute. */
  readonly dataDir: string;
  /** `sqlite:…` or `redis://…`; SQLite in the data folder when undefined. */
  readonly store?: string;
  readonly host: string;
  readonly port: number;
  readonly environment: string;
  readonly maxRuns: number;
  readonly warm: number;
  /** Processes that deliver events. */
  readonly streamHosts: number;
  readonly allowPaths: readonly string[];
  readonly allowNetworks: readonly string[];
  /** Accept `git://` and `http://` repositories. */
  readonly insecureGit: boolean;
  readonly adminToken?: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly secretKey?: string;
  /** Absolute: `--secret-key-file`. */
  readonly secretKeyFile?: string;
  /** How long a silent runner is believed alive, in milliseconds; it reports every second. 10 s when left out. */
  readonly leaseMs?: number;
  /** Bounds of the API that differ from the defaults. */
  readonly limits?: Partial<ApiLimits>;
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none when left out. */
  readonly trustedProxies?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
}

export interface RunningServer {
  readonly url: string;
  readonly store: Store;
  readonly resources: Resources;
  readonly controller: ControllerHandle;
  readonly adminToken: { readonly token: string; readonly created: boolean };
  /** The repository that `--repo` named, or null. */
  readonly repositoryId: string | null;
  /** Ends in order: no new work, runs drain until the deadline (milliseconds), then everything closes. */
  close(graceMs: number): Promise<void>;
  /** Ends all runners by force, at once. Their runs are tried again by whoever serves next. */
  abandon(): void;
}

const LEASE_MS = 10_000;
const DRAIN_MS = 30_000;
/** A destination may be down for some time while its pipeline is deleted. */
const FLUSH_MS = 600_000;
const API_GRACE_MS = 5000;
/** Connections that are checked at the same time: each has a process of its own. */
const MAX_CHECKS = 4;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir } = options;
  await prepareDataFolder(dataDir);
  const storeUrl = options.store ?? `sqlite:${join(dataDir, 'headgate.db')}`;
  const opened = await openStores(storeUrl, dataDir);
  const started: Started[] = [{ close: opened.close }];
  for (const warning of opened.store.warnings ?? []) options.log.warn({ module: 'store' }, warning);
  try {
    return await wire(options, storeUrl, opened, started);
  } catch (error) {
    // A server that could not start leaves no process, port or file open behind.
    for (const { close } of started.reverse()) {
      await close().catch((cause: unknown) => options.log.warn({ error: messageOf(cause) }, 'could not be closed'));
    }
    throw error;
  }
}

interface Stores {
  readonly store: Store;
  /** The store in that file: where the key of the configuration is settled. */
  readonly local: Store;
  /** Where resources are kept: always a file of this machine. */
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** With SQLite one file serves for both; with another store the resources have one in the data folder. */
async function openStores(url: string, dataDir: string): Promise<Stores> {
  if (/^sqlite:/i.test(url)) {
    const { store, database } = await openSqlite(sqlitePath(url));
    return { store, local: store, database, close: () => store.close() };
  }
  const store = await openStore(url);
  try {
    const local = await openSqlite(join(dataDir, 'headgate.db'));
    const close = async (): Promise<void> => {
      await local.store.close();
      await store.close();
    };
    return { store, local: local.store, database: local.database, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Started {
  readonly close: () => Promise<void>;
}

/** Notes in `started` what has to be closed if a later part cannot start. */
async function wire(
  options: ServerOptions,
  storeUrl: string,
  { store, local, database, close: closeStores }: Stores,
  started: Started[],
): Promise<RunningServer> {
  const { dataDir, log, env, environment, adminToken: fromEnv } = options;
  const clock = Date.now;
  const opened = await openSecrets(options, { store, local, database }, clock);
  const { secrets, sealed } = opened;
  const following = await opened.follow(log.child({ module: 'secrets' }));
  started.push({ close: async () => following.close() });
  const resources = openLocalResources(database, clock, sealed);
  const adminToken = await ensureAdminToken({
    store,
    dataDir,
    environment,
    clock,
    ...(fromEnv === undefined ? {} : { fromEnv }),
  });
  const referable = referableEnvironment(env);
  const resolve = references(referable, options.allowPaths, secrets);
  const runners = new LocalRunners({
    maxRunners: options.maxRuns,
    warm: options.warm,
    maxRunsPerProcess: 200,
    idleMs: 60_000,
    env: referable,
    secretKeys: secrets.ring,
    log: log.child({ module: 'runners' }),
  });
  started.push({ close: () => runners.close(0) });
  const streams = new LocalStreams({
    hosts: options.streamHosts,
    env: referable,
    secretKeys: secrets.ring,
    log: log.child({ module: 'streams' }),
  });
  started.push({ close: () => streams.close(0) });
  const checks = new LocalChecks({
    max: MAX_CHECKS,
    env: referable,
    secretKeys: secrets.ring,
    log: log.child({ module: 'checks' }),
  });
  started.push({ close: () => checks.close() });
  const controller = new Controller({
    resources,
    store,
    runners,
    streams,
    checks,
    cacheOf: (repositoryId) => new FileCache(database, repositoryId, sealed),
    environment,
    runnerEnvironment: {
      store: storeUrl,
      dataDir,
      allowPaths: options.allowPaths,
      allowNetworks: options.allowNetworks,
      leaseMs: options.leaseMs ?? LEASE_MS,
    },
    urlPolicy: { localPaths: options.repo !== null && isLocalRepository(options.repo), insecure: options.insecureGit },
    gitInherit: inheritedEnvironment(env),
    resolveReference: async (text, repositoryId) => {
      const workspace = (await resources.getById(repositoryId))?.resource.metadata.namespace ?? '';
      return resolve(text, { workspace, variables: {}, pointer: '/spec/credentials' });
    },
    clock,
    log: log.child({ module: 'controller' }),
    drainMs: DRAIN_MS,
    flushMs: FLUSH_MS,
    concurrency: 32,
  });
  started.push({ close: () => controller.close() });
  const repositoryId = options.repo === null ? null : await declareRepository(options.repo, options, resources);
  const api = await startApi(
    {
      resources,
      store,
      secrets,
      rotateKey: (wish) => opened.rotate(wish),
      controller,
      environment,
      dataDir,
      log: log.child({ module: 'api' }),
      clock,
      version: options.version,
      resolveReference: (text, variables, workspace) =>
        resolve(text, { workspace, variables, pointer: '/spec/source/settings' }),
    },
    {
      host: options.host,
      port: options.port,
      limits: options.limits ?? {},
      trustedProxies: options.trustedProxies ?? [],
    },
  );
  started.push({ close: () => api.close(0) });
  await controller.start();
  writeServerFile(dataDir, { url: api.url, pid: process.pid });
  return {
    url: api.url,
    store,
    resources,
    controller,
    adminToken,
    repositoryId,
    abandon: () => {
      runners.kill();
      streams.kill();
    },
    close: async (graceMs) => {
      removeServerFile(dataDir, process.pid);
      const takenBack: Promise<void>[] = [];
      const off = runners.onExit((exit) => {
        const taken = controller.released(exit);
        takenBack.push(
          taken.catch((error: unknown) => log.error({ run: exit.runId, err: error }, 'a run could not be taken back')),
        );
      });
      const quiet = Promise.all([api.close(API_GRACE_MS), controller.close(), checks.close()]);
      // The controller may wait for a stream that is being changed: that one ends within the grace as well.
      await Promise.all([streams.close(graceMs), quiet.then(() => runners.close(graceMs))]);
      off();
      // A run that was ended by force is pending again, so that the next server need not wait for its lease to end.
      await Promise.all(takenBack);
      following.close();
      await closeStores();
    },
  };
}

/** Looks up references that the server itself needs: credentials of repositories, secrets that webhooks are signed with. */
function references(
  env: Readonly<Record<string, string | undefined>>,
  allowPaths: readonly string[],
  secrets: SecretStore,
): (text: string, place: ReferringPlace) => Promise<string> {
  const readFile = (path: string): Promise<string> => readAllowedFile(path, allowPaths);
  return (text, { workspace, variables, pointer }) => {
    const reader = { read: (name: string, key: string) => secrets.read(workspace, name, key) };
    return resolveText(text, { variables, env, readFile, secrets: reader, onSecret: () => undefined }, pointer);
  };
}

/** Where a reference stands. */
interface ReferringPlace {
  readonly workspace: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly pointer: string;
}

/** What `${env:…}` may refer to: all but Headgate's own settings, whose secrets are nobody's but the server's. */
function referableEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !name.startsWith('HEADGATE_') || name.startsWith('HEADGATE_VAR_') || name === 'HEADGATE_LOG_LEVEL',
    ),
  );
}
