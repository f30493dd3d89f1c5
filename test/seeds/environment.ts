/**
 * What the examples of the designs speak of, served for real: a bare Git repository with the pipelines and connections of
 * `environment/`, and a server that writes changes back into it as commits.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type Client } from '../../api/testing/client.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import { eventually, startTestServer, type TestServer } from '../server.ts';
import { createRepository, type TestRepository } from '../servers/git.ts';

export interface SeedEnvironment {
  readonly server: TestServer;
  /** With the administrator's token; holds every answer against the OpenAPI document. */
  readonly client: Client;
  /** The bare repository. */
  readonly remote: TestRepository;
  /** A working copy beside it, for commits of people: `commit`, then `push`. */
  readonly clone: TestRepository;
  /** Commits files and pushes them; resolves when the server has applied them. */
  push(files: Readonly<Record<string, string | null>>): Promise<string>;
  /** A file at the head of the remote; null when there is none. */
  read(file: string): Promise<string | null>;
  stop(): Promise<void>;
}

export async function startSeedEnvironment(
  options: {
    readonly writeBack?: RepositorySpec['writeBack'];
    readonly server?: Parameters<typeof startTestServer>[1];
    /** Further files of the repository. */
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<SeedEnvironment> {
  const remote = await createRepository({ bare: true });
  const clone = await createRepository();
  await clone.git('remote', 'add', 'origin', remote.dir);
  await cp(join(import.meta.dirname, 'environment'), clone.dir, { recursive: true });
  await clone.commit(options.files ?? {}, 'The pipelines of the designs');
  await clone.git('push', '--quiet', 'origin', 'main');

  const server = await startTestServer(remote.dir, {
    branch: 'main',
    writeBack: options.writeBack ?? 'commit',
    ...options.server,
  });
  const synced = (revision: string): Promise<unknown> =>
    eventually(`the sync of ${revision}`, async () => {
      const [last] = await server.store.syncs.list(server.repositoryId!, 1);
      return last?.appliedRevision === revision;
    });
  await synced(await clone.git('rev-parse', 'HEAD'));
  return {
    server,
    client: createClient(server.url, server.adminToken.token),
    remote,
    clone,
    push: async (files) => {
      await clone.git('pull', '--quiet', '--rebase', 'origin', 'main');
      const revision = await clone.commit(files);
      await clone.git('push', '--quiet', 'origin', 'main');
      await synced(revision);
      return revision;
    },
    read: (file) => remote.git('show', `main:${file}`).catch(() => null),
    stop: async () => {
      await server.stop();
      await clone.remove();
      await remote.remove();
    },
  };
}
