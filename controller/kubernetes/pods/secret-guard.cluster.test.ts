import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECRET } from '../object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { SecretGuard } from './secret-guard.ts';

const cluster = testCluster();
let space: TestNamespace;
let guard: SecretGuard;

const put = (name: string, type: string, annotations = {}): Promise<unknown> =>
  cluster.create(SECRET, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: space.name, name, annotations },
    type,
    stringData: { key: 'hidden' },
  });
const check = (...names: readonly string[]): Promise<void> =>
  guard.check(
    space.name,
    names.map((name) => ({ name, keys: ['key'] })),
  );

beforeAll(async () => {
  space = await testNamespace(cluster);
  guard = new SecretGuard({
    cluster,
    own: { storeSecret: 'headgate-test-store', namespace: space.name, names: ['auth'] },
  });
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

test('Secrets of people may be mounted, also ones that are not there yet', async () => {
  await put('warehouse', 'Opaque');
  await check('warehouse', 'not-yet');
});

test.each(['headgate-test-store', 'headgate-other-store', 'auth'])(
  '%s may not, whether it is there or not',
  async (name) => {
    await expect(check('warehouse', name)).rejects.toMatchObject({ code: 'pod_refused' });
  },
);

test('the token of a service account may not', async () => {
  await put('account', 'kubernetes.io/service-account-token', { 'kubernetes.io/service-account.name': 'default' });
  await expect(check('account')).rejects.toMatchObject({ code: 'pod_refused' });
});
