import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { resourcesSuite } from '../../resources/suites/index.ts';
import { testCluster } from '../testing/cluster.ts';
import type { KubernetesResources } from './open.ts';
import { emptyNamespaces, makeNamespaces, opened } from './testing.ts';

const prefix = `hg-${randomBytes(4).toString('hex')}-`;
const namespaces = ['default', 'a', 'a-b'].map((name) => prefix + name);
const cluster = testCluster();
let remove: () => Promise<void>;
beforeAll(async () => {
  remove = await makeNamespaces(cluster, namespaces);
});
afterAll(async () => {
  await remove();
  await cluster.close();
});

resourcesSuite(
  'kubernetes',
  async () => {
    const open: KubernetesResources[] = [];
    return {
      open: async () => {
        const handle = await opened(cluster, namespaces);
        open.push(handle);
        return handle.resources;
      },
      dispose: async () => {
        for (const handle of open) await handle.close();
        await emptyNamespaces(cluster, namespaces);
      },
    };
  },
  {
    prefix,
    many: { count: 500, withinMs: 30_000 },
    skip: {
      'one that is applied again while it is drained lives on as a new generation, and a late remove spares it':
        'Kubernetes cannot take a deletion back',
    },
  },
);
