import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../../foundation/log.ts';
import { SPEC, applied, deleted, pipeline as pipelineIn } from '../../resources/suites/fixture.ts';
import { testCluster } from '../testing/cluster.ts';
import { proxiedCluster, type ProxiedCluster } from '../testing/proxy.ts';
import { openKubernetesResources, type KubernetesResources } from './open.ts';
import { emptyNamespaces, makeNamespaces, opened } from './testing.ts';

const namespace = `hg-${randomBytes(4).toString('hex')}`;
const cluster = testCluster();
let remove: () => Promise<void>;
let proxied: ProxiedCluster;
let far: KubernetesResources;
let near: KubernetesResources;
beforeAll(async () => {
  remove = await makeNamespaces(cluster, [namespace]);
});
afterAll(async () => {
  await remove();
  await cluster.close();
});
beforeEach(async () => {
  proxied = await proxiedCluster();
  near = await opened(cluster, [namespace]);
  const log = createLogger({ level: 'fatal' });
  far = openKubernetesResources({ cluster: proxied.cluster, namespaces: [namespace], log });
  await far.synced;
});
afterEach(async () => {
  await far.close();
  await near.close();
  await proxied.close();
  await emptyNamespaces(cluster, [namespace]);
});

const pipeline = (name: string, spec = SPEC) => applied(pipelineIn(name, { namespace }, spec));
const ref = (name: string) => ({ kind: 'Pipeline', namespace, name }) as const;
const names = async (): Promise<(string | undefined)[]> =>
  (await far.resources.list()).map(({ resource }) => resource.metadata.name);
const failures = (): number => far.states().reduce((sum, state) => sum + state.failures, 0);

it('what changes while the API server cannot be reached is known soon after, and told', async () => {
  await near.resources.apply([pipeline('stays'), pipeline('changes'), pipeline('goes')]);
  await expect.poll(names).toEqual(['changes', 'goes', 'stays']);
  const told: string[] = [];
  far.resources.watch(({ name }) => void told.push(name));
  proxied.cut();
  await expect.poll(failures).toBeGreaterThan(0);
  await near.resources.apply([pipeline('new'), pipeline('changes', { ...SPEC, title: 'T' }), deleted(ref('goes'))]);
  expect(await names()).toEqual(['changes', 'goes', 'stays']);
  proxied.restore();
  await expect.poll(names, { timeout: 20_000 }).toEqual(['changes', 'new', 'stays']);
  await expect.poll(() => told.toSorted()).toEqual(['changes', 'goes', 'new']);
  await far.resources.apply([pipeline('after')]);
  expect(await names()).toContain('after');
});

it('writes that cannot reach the API server end with one error, and are not tried for each resource', async () => {
  proxied.cut();
  const begun = performance.now();
  const many = Array.from({ length: 200 }, (_, n) => pipeline(`p${n}`));
  await expect(far.resources.apply(many)).rejects.toMatchObject({ code: 'cluster_unreachable', retryable: true });
  // One round of tries for those under way: for each after the other it would be minutes.
  expect(performance.now() - begun).toBeLessThan(25_000);
  proxied.restore();
  await far.resources.apply(many.slice(0, 3));
  expect(await names()).toHaveLength(3);
});
