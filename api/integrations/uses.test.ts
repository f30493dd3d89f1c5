import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../crds/index.ts';
import type { Resources } from '../../controller/ports.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { createUses, type Uses } from './uses.ts';

let t: TestApi;
let uses: Uses;
/** Ids of the pipelines that were opened. */
const opened: string[] = [];

beforeAll(async () => {
  t = await startTestApi();
  uses = createUses({
    pipelineIndex: (namespace) => t.resources.pipelineIndex(namespace),
    getById: ((id) => {
      opened.push(id);
      return t.resources.getById(id);
    }) satisfies Resources['getById'],
  });
  await declare(
    t.resources,
    {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'shop', namespace: 'default' },
      spec: { connector: 'generator' },
    },
    pipeline('from', { source: { connection: 'shop' } }),
    pipeline('both', { source: { connection: 'shop' }, destination: { connection: 'shop' } }),
    pipeline('second', {
      destination: undefined,
      destinations: [
        { name: 'a', connection: 'lake' },
        { name: 'b', connection: 'shop' },
      ],
    }),
    pipeline('none', {}),
  );
});
afterAll(() => t.close());

const shown = async (): Promise<readonly string[]> => {
  const connection = await t.resources.get({ kind: 'Connection', namespace: 'default', name: 'shop' });
  return (await uses.of(connection!)).map(
    ({ name, reads, writes }) => `${name}:${reads ? 'r' : ''}${writes ? 'w' : ''}`,
  );
};

test('who reads and writes, by name; each pipeline is opened once, whoever asks', async () => {
  const all = ['both:rw', 'from:r', 'second:w'];
  expect(await Promise.all([shown(), shown()])).toEqual([all, all]);
  expect(opened).toHaveLength(4);
});

test('one that changed is looked at again, alone; one that went is gone', async () => {
  opened.length = 0;
  await declare(t.resources, pipeline('none', { source: { connection: 'shop' } }));
  expect(await shown()).toEqual(['both:rw', 'from:r', 'none:r', 'second:w']);
  expect(opened).toHaveLength(1);
  await t.resources.apply([{ action: 'delete', ref: { kind: 'Pipeline', namespace: 'default', name: 'from' } }]);
  await t.resources.remove({ kind: 'Pipeline', namespace: 'default', name: 'from' });
  expect(await shown()).toEqual(['both:rw', 'none:r', 'second:w']);
});
