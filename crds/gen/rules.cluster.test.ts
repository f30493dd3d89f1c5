/** The rules of the definitions as an API server checks them, from Kubernetes 1.25 on: older ones drop them, and only the controller refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kind } from '../../foundation/ids.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { serverVersion } from '../../controller/kubernetes/testing/version.ts';
import { API_VERSION } from '../common.ts';
import { RULE_CASES } from '../testing/rule-cases.ts';

const cluster = testCluster();
const { gitVersion, minor } = await serverVersion(cluster);
afterAll(() => cluster.close());

describe.skipIf(minor < 25)(`the rules, by ${gitVersion}${minor < 25 ? ' (it knows none)' : ''}`, () => {
  let space: TestNamespace;
  beforeAll(async () => {
    space = await testNamespace(cluster);
  });
  afterAll(() => space.remove());

  /** What the API server says of a resource; empty: it takes it. Nothing is stored. */
  const said = (kind: Kind, spec: object): Promise<string> => {
    const object = { apiVersion: API_VERSION, kind, metadata: { name: 'x', namespace: space.name }, spec };
    return cluster.apply(typeOf(kind), object, { manager: 'test', dryRun: true }).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
  };

  it.each(RULE_CASES)('%s: %s', async (kind, message, taken, refused) => {
    for (const spec of taken) expect(await said(kind, spec), JSON.stringify(spec)).toBe('');
    for (const spec of refused) expect(await said(kind, spec), JSON.stringify(spec)).toContain(message);
  });

  it('a Run stays as it was created', async () => {
    const metadata = { name: 'once', namespace: space.name };
    const object = { apiVersion: API_VERSION, kind: 'Run', metadata, spec: { pipeline: 'a' } };
    await cluster.create(typeOf('Run'), object);
    const patch = (change: object): Promise<unknown> =>
      cluster.patch(typeOf('Run'), metadata, change as Readonly<Record<string, unknown>>, { manager: 'test' });
    await patch({ metadata: { labels: { team: 'data' } }, spec: { pipeline: 'a' } });
    await expect(patch({ spec: { pipeline: 'b' } })).rejects.toThrow('a Run cannot be changed: make another one');
  });
});
