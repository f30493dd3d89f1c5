import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretSuite } from '../../../store/secrets/suite.ts';
import { SECRET } from '../object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { KubernetesSecrets } from './kubernetes-secrets.ts';

const cluster = testCluster();
const isOwn = (_namespace: string, name: string): boolean => name === 'headgate-test-store';
const secrets = new KubernetesSecrets({ cluster, isOwn, clock: Date.now });
afterAll(() => cluster.close());

describe('as every place of secrets', () => {
  secretSuite(async () => {
    const space = await testNamespace(cluster);
    return { secrets, workspace: space.name, close: () => space.remove() };
  });
});

describe('secrets of people', () => {
  let space: TestNamespace;
  const put = (name: string, type: string, stringData: object, annotations = {}): Promise<unknown> =>
    cluster.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: space.name, name, annotations },
      type,
      stringData,
    });
  beforeAll(async () => {
    space = await testNamespace(cluster);
  });
  afterAll(() => space.remove());

  test('are read, and neither shown, changed nor deleted', async () => {
    await put('git', 'kubernetes.io/basic-auth', { username: 'me', password: 'hidden' });
    expect(await secrets.read(space.name, 'git', 'password')).toBe('hidden');
    expect(await secrets.get(space.name, 'git')).toBeNull();
    expect(await secrets.list(space.name)).toEqual([]);
    await expect(secrets.set(space.name, 'git', { password: 'b' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(secrets.remove(space.name, 'git')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a change of them counts, though not at once', async () => {
    await put('changing', 'Opaque', { key: 'a' });
    const fresh = (): KubernetesSecrets => new KubernetesSecrets({ cluster, isOwn, clock: Date.now });
    const kept = fresh();
    expect(await kept.read(space.name, 'changing', 'key')).toBe('a');
    const patch = { stringData: { key: 'b' } };
    await cluster.patch(SECRET, { namespace: space.name, name: 'changing' }, patch, { manager: 'test' });
    expect(await kept.read(space.name, 'changing', 'key')).toBe('a');
    expect(await fresh().read(space.name, 'changing', 'key')).toBe('b');
  });

  test('those of the installation and of service accounts are not followed', async () => {
    const account = { 'kubernetes.io/service-account.name': 'default' };
    await put('headgate-test-store', 'Opaque', { url: 'redis://:hidden@host' });
    await put('token', 'kubernetes.io/service-account-token', {}, account);
    for (const name of ['headgate-test-store', 'token']) {
      const reading = secrets.read(space.name, name, 'url');
      await expect(reading).rejects.toMatchObject({ code: 'reference_not_found' });
      await expect(reading).rejects.not.toThrow('hidden');
    }
  });
});
