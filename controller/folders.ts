/** What a controller keeps in the data folder: mirrors of repositories, files that runs need from them, folders of runs. */
import { join } from 'node:path';
import { isKind } from '../crds/index.ts';
import type { RequestOptions } from './options.ts';
import { RunFiles } from './reconcile/run-files.ts';
import { RepositoryFiles, type FilesOrigin } from './sync/files.ts';
import { Mirrors } from './sync/mirrors.ts';
import { folderOf, lastApplied } from './sync/sync.ts';

export interface Folders {
  readonly mirrors: Mirrors;
  readonly files: RepositoryFiles;
  readonly runFiles: RunFiles;
}

/** Nothing is read or made yet. */
export function openFolders(options: RequestOptions): Folders {
  const { dataDir } = options.runnerEnvironment;
  const mirrors = new Mirrors({
    dir: join(dataDir, 'mirrors'),
    policy: options.urlPolicy,
    inherit: options.gitInherit,
    resolveReference: options.resolveReference,
  });
  const files = new RepositoryFiles({
    dir: join(dataDir, 'repository-files'),
    originOf: (id) => originOf(id, mirrors, options),
    clock: options.clock,
  });
  return { mirrors, files, runFiles: new RunFiles(options.outputsDir ?? dataDir, options.objects) };
}

async function originOf(
  id: string,
  mirrors: Mirrors,
  { resources, store }: Pick<RequestOptions, 'resources' | 'store'>,
): Promise<FilesOrigin | null> {
  const stored = await resources.getById(id);
  const repositoryId = stored?.origin.repositoryId ?? null;
  if (repositoryId === null) return null;
  const repository = await resources.getById(repositoryId);
  if (repository === null || !isKind('Repository', repository.resource)) return null;
  const { mirror } = await mirrors.of(repositoryId, repository.resource.spec);
  const revision = (await lastApplied(store.syncs, repositoryId)) ?? stored!.revision;
  return { mirror, revision, folder: folderOf(repository.resource.spec) };
}
