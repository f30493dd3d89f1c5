import { inheritedEnvironment } from '../../controller/git/git.ts';
import type { RequestOptions } from '../../controller/options.ts';
import type { Resources } from '../../controller/ports.ts';
import { FileCache } from '../../controller/resources/file-cache.ts';
import type { ReferringPlace } from './references.ts';
import { isLocalRepository } from './repository.ts';
import type { Ground } from './types.ts';

const LEASE_MS = 10_000;
const DRAIN_MS = 30_000;
/** A destination may be down for some time while its pipeline is deleted. */
const FLUSH_MS = 600_000;

/** What a controller is given on every platform. */
export function controllerOptions(
  { options, storeUrl, stores, opened, clock }: Ground,
  resources: Resources,
  resolve: (text: string, place: ReferringPlace) => Promise<string>,
): Omit<RequestOptions, 'checks'> {
  return {
    resources,
    store: stores.store,
    cacheOf: (repositoryId) => new FileCache(stores.database, repositoryId, opened.sealed),
    environment: options.environment,
    runnerEnvironment: {
      store: storeUrl,
      dataDir: options.dataDir,
      allowPaths: options.allowPaths,
      allowNetworks: options.allowNetworks,
      leaseMs: options.leaseMs ?? LEASE_MS,
    },
    urlPolicy: { localPaths: options.repo !== null && isLocalRepository(options.repo), insecure: options.insecureGit },
    gitInherit: inheritedEnvironment(options.env),
    resolveReference: async (text, repositoryId) => {
      const workspace = (await resources.getById(repositoryId))?.resource.metadata.namespace ?? '';
      return resolve(text, { workspace, variables: {}, pointer: '/spec/credentials' });
    },
    clock,
    log: options.log.child({ module: 'controller' }),
    drainMs: DRAIN_MS,
    flushMs: FLUSH_MS,
    concurrency: 32,
  };
}
