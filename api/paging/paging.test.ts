import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../foundation/ids.ts';
import type { ListBody } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
});
afterAll(() => t.close());

interface Item {
  readonly id: string;
  readonly name: string;
}

/** Reads a list to its end by cursor, doing something between the pages. */
async function readAll(path: string, limit: number, between: () => Promise<void>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: ListBody<Item> = (await t.client.get(`${path}limit=${limit}${more}`)).body<ListBody<Item>>();
    expect(page.data.length).toBeLessThanOrEqual(limit);
    expect(page.has_more).toBe(page.next_cursor !== null);
    items.push(...page.data);
    cursor = page.next_cursor;
    await between();
  } while (cursor !== null);
  return items;
}

async function addRun(workspace: string, pipelineId: string, createdAt: number): Promise<string> {
  const id = newId('run');
  const { store } = t;
  await store.runs.create({
    id,
    workspace,
    pipeline: 'p',
    pipelineId,
    triggeredBy: 'api',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt,
  });
  return id;
}

test('pipelines: what is there all the while is shown once, whatever is added or removed between pages', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), fc.boolean()), { maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      async (kept, coming, limit) => {
        const namespace = `w${round++}`;
        await declare(t.resources, ...kept.map((name) => pipeline(`${name}-kept`, {}, { namespace })));
        const steps = [...coming];
        const items = await readAll(`/v1/pipelines?workspace=${namespace}&`, limit, async () => {
          const step = steps.shift();
          if (step === undefined) return;
          const [name, remove] = step;
          await declare(t.resources, pipeline(`${name}-new`, {}, { namespace }));
          if (!remove) return;
          const ref = { kind: 'Pipeline', namespace, name: `${name}-new` } as const;
          await t.resources.apply([{ action: 'delete', ref }]);
          await t.resources.remove(ref);
        });
        const names = items.map((item) => item.name);
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => name.endsWith('-kept')).toSorted()).toEqual(
          kept.map((name) => `${name}-kept`).toSorted(),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('runs: the same, with many created in the same millisecond', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 15 }),
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      async (times, coming, limit) => {
        const workspace = `r${round++}`;
        const base = 1_700_000_000_000;
        const kept: string[] = [];
        for (const offset of times) kept.push(await addRun(workspace, 'pl_x', base + offset));
        const steps = [...coming];
        const items = await readAll(`/v1/runs?workspace=${workspace}&`, limit, async () => {
          const offset = steps.shift();
          if (offset !== undefined) await addRun(workspace, 'pl_x', base + offset);
        });
        const ids = items.map((item) => item.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(kept.every((id) => ids.includes(id))).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

test('pages, offsets and cursors give the same order and the total', async () => {
  const namespace = 'three-ways';
  await declare(t.resources, ...Array.from({ length: 45 }, (_, i) => pipeline(`p${100 + i}`, {}, { namespace })));
  const list = async (query: string): Promise<ListBody<Item>> =>
    (await t.client.get(`/v1/pipelines?workspace=${namespace}&${query}`)).body<ListBody<Item>>();
  const second = await list('page=2');
  expect(second.meta).toEqual({ total: 45, page: 2, per_page: 20 });
  expect(second.data.map((item) => item.name)).toEqual(
    (await list('limit=20&offset=20')).data.map((item) => item.name),
  );
  const third = await list('page=3&per_page=20');
  expect(third.data).toHaveLength(5);
  expect(third.has_more).toBe(false);
  expect((await list('page=9')).data).toEqual([]);
  expect((await list('offset=44')).data.map((item) => item.name)).toEqual(['p144']);
  const resumed = await list(`limit=20&cursor=${second.next_cursor}`);
  expect(resumed.data.map((item) => item.name)).toEqual(third.data.map((item) => item.name));
});

test.each([
  'limit=5&page=1',
  'limit=5&per_page=2',
  'offset=5&page=1',
  'cursor=abc&offset=1',
  'cursor=abc&page=1',
  'limit=0',
  'limit=1001',
  'limit=-1',
  'limit=1.5',
  'limit=abc',
  'limit=',
  'limit=1&limit=2',
  'page=0',
  'per_page=101',
  'offset=-1',
  'offset=99999999999999999999',
  'cursor=',
  'cursor=abc',
  'cursor=AAAAAAAAAAAAAAAAAAAAAHsiaWQiOiJ4In0',
  `cursor=${'A'.repeat(3000)}`,
  'limits=5',
])('%s is refused, and the answer says where', async (query) => {
  for (const path of ['/v1/pipelines', '/v1/runs']) {
    const answer = await t.client.get(`${path}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body()).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: expect.stringMatching(/^\/query\//) }],
    });
  }
});

test('a cursor belongs to its list, its filters and its token', async () => {
  await declare(t.resources, pipeline('a1'), pipeline('a2'));
  const { next_cursor: cursor } = (await t.client.get('/v1/pipelines?limit=1')).body<ListBody<Item>>();
  expect((await t.client.get(`/v1/pipelines?limit=5&cursor=${cursor}`)).status).toBe(200);
  expect((await t.client.get(`/v1/runs?cursor=${cursor}`)).status).toBe(400);
  expect((await t.client.get(`/v1/pipelines?status=active&cursor=${cursor}`)).status).toBe(400);
  const other = await t.as({ workspaces: ['default'] });
  expect((await other.get(`/v1/pipelines?cursor=${cursor}`)).status).toBe(400);
});
