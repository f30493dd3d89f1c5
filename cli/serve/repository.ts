import { isAbsolute, resolve } from 'node:path';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION, type RepositorySpec } from '../../crds/index.ts';
import type { Resources } from '../../controller/ports.ts';

/** Whether `--repo` names a folder of this machine, and not a URL. */
export function isLocalRepository(repo: string): boolean {
  if (isAbsolute(repo) || repo.startsWith('file://')) return true;
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repo) && !/^[^/]+@[^/]+:/.test(repo);
}

/**
 * Declares the Repository that the command line names, as `Repository/<namespace>/main` (`default` when left out), and answers its id. It is declared by
 * the server itself, so no sync touches it.
 */
export async function declareRepository(
  repo: string,
  options: {
    readonly branch: string;
    readonly path: string;
    readonly writeBack?: RepositorySpec['writeBack'];
    readonly namespace?: string;
  },
  resources: Resources,
): Promise<string> {
  const ref = { kind: 'Repository', namespace: options.namespace ?? 'default', name: 'main' } as const;
  const spec: RepositorySpec = {
    url: isLocalRepository(repo) && !repo.startsWith('file://') ? resolve(repo) : repo,
    branch: options.branch,
    path: options.path,
    // A local repository is watched; asking it from time to time as well costs little.
    interval: '30s',
    // Nothing is ever written that nobody asked for: into a folder that people work in least of all.
    writeBack: options.writeBack ?? 'deny',
  };
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: ref.name, namespace: ref.namespace },
    spec,
  } as const;
  await resources.apply([
    { action: 'apply', resource, revision: 'command-line', origin: { repositoryId: null, file: null, line: null } },
  ]);
  return resourceId(ref);
}
