/**
 * For tests: publishes the commits of a repository as Flux' source-controller does, whose modules cannot all be had: an archive by
 * HTTP, which the status of a GitRepository names. https://fluxcd.io/flux/components/source/gitrepositories/#artifact
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Cluster } from '../../../controller/kubernetes/cluster.ts';
import type { ObjectType } from '../../../controller/kubernetes/types.ts';
import type { TestRepository } from '../../servers/git.ts';

const GIT_REPOSITORY: ObjectType = {
  group: 'source.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'GitRepository',
  plural: 'gitrepositories',
  namespaced: true,
};

/** As much of the definitions of sources as who reads their artifacts looks at; all of them must be there. */
export const SOURCES = [
  ['GitRepository', 'gitrepositories'],
  ['OCIRepository', 'ocirepositories'],
  ['Bucket', 'buckets'],
]
  .map(
    ([kind, plural]) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.source.toolkit.fluxcd.io}
spec:
  group: source.toolkit.fluxcd.io
  scope: Namespaced
  names: {kind: ${kind}, listKind: ${kind}List, plural: ${plural}, singular: ${kind!.toLowerCase()}}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`,
  )
  .join('---\n');

export interface Source {
  /** Makes a revision of the repository the newest artifact of the GitRepository `pipelines`. */
  publish(revision: string): Promise<void>;
  close(): Promise<void>;
}

export async function startSource(cluster: Cluster, namespace: string, repository: TestRepository): Promise<Source> {
  const archives = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const archive = archives.get(request.url ?? '');
    response.writeHead(archive === undefined ? 404 : 200).end(archive);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = promisify(execFile);
  return {
    publish: async (revision) => {
      const args = ['archive', '--format=tar.gz', revision];
      const { stdout } = await run('git', args, { cwd: repository.dir, encoding: 'buffer', maxBuffer: 2 ** 26 });
      const path = `/${revision}.tar.gz`;
      archives.set(path, stdout);
      const artifact = {
        path: path.slice(1),
        url: `${base}${path}`,
        revision: `main@sha1:${revision}`,
        digest: `sha256:${createHash('sha256').update(stdout).digest('hex')}`,
        size: stdout.length,
        lastUpdateTime: new Date().toISOString(),
      };
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'Succeeded',
        message: 'stored',
        lastTransitionTime: artifact.lastUpdateTime,
      };
      const ref = { namespace, name: 'pipelines' };
      const status = { observedGeneration: 1, artifact, conditions: [condition] };
      await cluster.patch(GIT_REPOSITORY, ref, { status }, { manager: 'source-controller', subresource: 'status' });
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
