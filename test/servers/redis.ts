/** A real Redis on a free loopback port with a folder of its own, which can be killed and started again on the same data. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

const BINARY = 'redis-server';
const START_MS = 20_000;

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Where other nodes of a cluster talk to it; null for one that is alone. */
  readonly busPort: number | null;
  /** `redis://…` of the whole server. */
  readonly url: string;
  /** The URL of a store of its own in it: a new prefix with each call. */
  fresh(): string;
  /** A connection to look at it or set it up; the caller ends it with `disconnect()`. */
  client(): Redis;
  /** Ends it with SIGKILL; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, once it was killed. */
  restart(): Promise<void>;
  /** Empties it. */
  flush(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** The address of this machine that it listens at; loopback unless given. */
  readonly host?: string;
  /** `always` unless given. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** One node that serves all slots of a Redis Cluster; `bare`: one that serves none yet. */
  readonly cluster?: boolean | 'bare';
  readonly password?: string;
  /** Further arguments, such as `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
}

/** Why there can be no Redis here, or null. */
export async function redisMissing(): Promise<string | null> {
  try {
    await promisify(execFile)(BINARY, ['--version']);
    return null;
  } catch {
    return `${BINARY} is not installed (Debian: redis-server)`;
  }
}

/** Starts a server; takes some 50 ms. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-redis-'));
  const host = options.host ?? '127.0.0.1';
  const port = await freePort();
  const clustered = options.cluster !== undefined && options.cluster !== false;
  const busPort = clustered ? await freePort() : null;
  const password = options.password;
  const settings: Record<string, string> = {
    port: String(port),
    bind: host,
    // Beyond loopback it answers nobody without a password otherwise.
    ...(options.host === undefined ? {} : { 'protected-mode': 'no' }),
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: options.appendfsync ?? 'always',
    ...(password === undefined ? {} : { requirepass: password }),
    // The bus would take the port 10,000 above unless it is told another one.
    ...(busPort === null
      ? {}
      : { 'cluster-enabled': 'yes', 'cluster-port': String(busPort), 'cluster-announce-ip': host }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  args.push(...(options.args ?? []));
  let server = await launch(args);
  const client = (): Redis => new Redis({ host, port, password, protocol: 2, disableClientInfo: true });
  const use = async <T>(call: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = client();
    try {
      return await call(redis);
    } finally {
      redis.disconnect();
    }
  };
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  if (options.cluster === true) await use(serveAllSlots);
  const url = `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${host}:${port}`;
  let stores = 0;
  return {
    host,
    port,
    busPort,
    url,
    fresh: () => `${url}?prefix=t${++stores}`,
    client,
    kill,
    restart: async () => {
      server = await launch(args);
      if (clustered) await use(clusterReady);
    },
    flush: () => use(async (redis) => void (await redis.flushall())),
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server takes connections and has read its data. */
async function launch(args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const timer = setTimeout(() => server.kill('SIGKILL'), START_MS);
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log = (log + chunk.toString('utf8')).slice(-20_000);
      if (log.includes('Ready to accept connections')) resolve();
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('error', reject);
    server.once('exit', (code, signal) => reject(new Error(`redis-server ended with ${code ?? signal}: ${log}`)));
  });
  try {
    await ready;
    return server;
  } finally {
    clearTimeout(timer);
  }
}

async function serveAllSlots(redis: Redis): Promise<void> {
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await clusterReady(redis);
}

/** Resolves when the node serves what it has to. */
export async function clusterReady(redis: Redis): Promise<void> {
  const end = performance.now() + START_MS;
  while (!(await redis.cluster('INFO')).includes('cluster_state:ok')) {
    if (performance.now() > end) throw new Error('the cluster did not get ready');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A port that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
