/** What examples/kubernetes declares is valid for Headgate, and an API server takes it as it is. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cli } from '../../cli/testing/cli.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { NewObject } from '../../controller/kubernetes/types.ts';
import type { Kind } from '../../foundation/ids.ts';

const FOLDER = join(import.meta.dirname, '../../examples/kubernetes');
const files = globSync('*.yaml', { cwd: FOLDER }).sort();
const cluster = testCluster();
let space: TestNamespace;

beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

describe('examples/kubernetes', () => {
  it('is valid', async () => {
    expect(await cli(['validate', FOLDER], { cwd: FOLDER })).toMatchObject({ code: 0 });
    expect(files).toEqual(['batch.yaml', 'repository.yaml', 'run.yaml', 'stream.yaml']);
  });

  it.for(files)('%s is taken, and nothing of it is dropped', async (file) => {
    const declared = parse(readFileSync(join(FOLDER, file), 'utf8')) as NewObject & { spec: object };
    const object = { ...declared, metadata: { ...declared.metadata, namespace: space.name } };
    const applied = await cluster.apply(typeOf(declared.kind as Kind), object, { manager: 'kubectl', force: true });
    expect(applied['spec']).toMatchObject(declared.spec);
  });
});
