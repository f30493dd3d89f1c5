/** A whole server and one Repository that a test declares: what came of its syncs, and all that anybody can see of it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '../foundation/log.ts';
import { API_VERSION, type RepositorySpec } from '../crds/index.ts';
import type { SyncRecord } from '../store/ports.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

export interface RepositoryServer {
  readonly server: TestServer;
  /** Declares the Repository `main`, or another specification for it. */
  readonly declare: (spec: RepositorySpec) => Promise<void>;
  /** Its newest sync of a revision that passes the test, once there is one. */
  readonly synced: (revision: string, test?: (record: SyncRecord) => boolean) => Promise<SyncRecord>;
  /** The first failure among its newest syncs, once there is one. */
  readonly refused: () => Promise<{ readonly code: string; readonly text: string }>;
  /** Log, answers of the API, resources, sync records, and every file of the data folder but those of the given names. */
  readonly everythingVisible: (except?: readonly string[]) => Promise<string>;
}

/**
 * `env` is all that the server has of an environment, beside PATH. With `repo` the Repository is declared from the start, and
 * paths of this machine are allowed. It stops with `server.stop()`.
 */
export async function startRepositoryServer(
  env: Readonly<Record<string, string>>,
  repo: string | null = null,
): Promise<RepositoryServer> {
  let logged = '';
  const keep = new Writable({
    write: (chunk: Buffer, _, done) => {
      logged += chunk.toString('utf8');
      done();
    },
  });
  const server = await startTestServer(repo, {
    warm: 0,
    insecureGit: false,
    env: { PATH: process.env['PATH'], ...env },
    log: createLogger({ level: 'debug', destination: keep }),
  });
  const metadata = { name: 'main', namespace: 'default' };
  const records = async (): Promise<readonly SyncRecord[]> => {
    const stored = await server.resources.get({ kind: 'Repository', ...metadata });
    return stored === null ? [] : server.store.syncs.list(stored.id, 50);
  };
  const find = (what: string, test: (record: SyncRecord) => boolean): Promise<SyncRecord> =>
    eventually(what, async () => (await records()).find(test) ?? null).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${logged}`);
    });
  return {
    server,
    declare: (spec) => {
      const resource = { apiVersion: API_VERSION, kind: 'Repository', metadata, spec } as const;
      const origin = { repositoryId: null, file: null, line: null };
      return server.resources.apply([{ action: 'apply', resource, revision: 'by-hand', origin }]);
    },
    synced: (revision, test = () => true) =>
      find(`a sync of ${revision}`, (record) => record.attemptedRevision === revision && test(record)),
    refused: async () => {
      const { errors } = await find('a failed sync', ({ status }) => status === 'failed');
      return { code: errors[0]!.code, text: `${errors[0]!.message} ${errors[0]!.hint ?? ''}` };
    },
    everythingVisible: async (except = []) => {
      const parts = [logged];
      for (const path of ['/v1/repositories', '/v1/repositories/main', '/v1/repositories/main/syncs', '/metrics']) {
        parts.push(await (await server.api(path)).text());
      }
      parts.push(JSON.stringify(await server.resources.list()), JSON.stringify(await records()));
      for (const file of await readdir(server.dataDir, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || except.includes(file.name)) continue;
        const path = join(file.parentPath, file.name);
        parts.push(path, await readFile(path, 'latin1').catch(() => ''));
      }
      return parts.join('\n');
    },
  };
}

/** A pipeline that does next to nothing. */
export const pipeline = (name: string, more = ''): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
${more}  source: {connector: generator, settings: {rows: 3}, stream: orders}
  destination: {connector: stdout}
`;

/** The command lines of Git and what it starts, looked at again and again until `until` is done. */
export async function commandLines(until: Promise<unknown>): Promise<string[]> {
  const seen = new Set<string>();
  const done = new AbortController();
  void until.finally(() => done.abort()).catch(() => undefined);
  while (!done.signal.aborted) {
    for (const line of await processes()) if (/git|ssh|askpass/.test(line)) seen.add(line);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return [...seen];
}

/** The command line of every process of this machine. */
export async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' '));
}
