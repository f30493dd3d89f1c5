import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { runWithOutput } from '../testing/output.ts';
import { addRun, finishRun, startRun } from '../testing/runs.ts';

const ROWS = `SELECT * FROM (VALUES
  (1, 'plain', 12.50::DECIMAL(12,2), TIMESTAMP '2026-02-15 06:00:00', ['a', 'b'], {'x': 1}),
  (2, 'comma, "quote"', NULL, NULL, [], NULL),
  (3, '', 0.00, TIMESTAMP '1999-12-31 23:59:59.5', NULL, {'x': 2}),
  (9007199254740993, E'line\\nbreak ü 🙂', -1.00, NULL, ['c'], NULL)
) AS t(id, "the, name", amount, "at", tags, nested)`;

let t: TestApi;
let runId: string;
beforeAll(async () => {
  t = await startTestApi({ limits: { conversions: 1 } });
  runId = await runWithOutput(t, ROWS);
});
afterAll(() => t.close());

async function fetchOutput(query = '', headers: Record<string, string> = {}, id = runId): Promise<Response> {
  return fetch(`${t.api.url}/v1/runs/${id}/download${query}`, {
    headers: { authorization: `Bearer ${t.client.token}`, ...headers },
  });
}

test('the file comes as it is, named, with what caches and resuming need', async () => {
  const answer = await fetchOutput();
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(answer.status).toBe(200);
  expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
  expect(bytes.subarray(-4).toString()).toBe('PAR1');
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/vnd.apache.parquet',
    'content-length': String(bytes.length),
    'content-disposition': `attachment; filename="orders-${runId}.parquet"`,
    'accept-ranges': 'bytes',
    etag: expect.stringMatching(/^"run_/),
  });
  const view = (await t.client.get(`/v1/runs/${runId}`)).body();
  expect(view['output_file']).toBe(`runs/${runId}/output.parquet`);
});

test('ranges', async () => {
  const whole = Buffer.from(await (await fetchOutput()).arrayBuffer());
  const size = whole.length;
  for (const [range, from, to] of [
    ['bytes=0-3', 0, 3],
    ['bytes=4-', 4, size - 1],
    ['bytes=-4', size - 4, size - 1],
    [`bytes=4-${size * 2}`, 4, size - 1],
    [`bytes=-${size * 2}`, 0, size - 1],
  ] as const) {
    const answer = await fetchOutput('', { range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to}/${size}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(from, to + 1))).toBe(true);
  }
  for (const range of ['bytes=5-3', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-', 'bytes=a-b']) {
    expect((await fetchOutput('', { range })).status).toBe(200);
  }
  const past = await t.client.get(`/v1/runs/${runId}/download`, { range: `bytes=${size}-` });
  expect(past.status).toBe(416);
  expect(past.headers.get('content-range')).toBe(`bytes */${size}`);
  expect(past.body()['code']).toBe('range_not_satisfiable');
});

test('ETag: 304 for what the client has, the whole file when a range is of another', async () => {
  const etag = (await fetchOutput()).headers.get('etag')!;
  expect((await fetchOutput('', { 'if-none-match': `"x", ${etag}` })).status).toBe(304);
  expect((await fetchOutput('', { 'if-none-match': '"x"' })).status).toBe(200);
  expect((await fetchOutput('', { range: 'bytes=0-3', 'if-range': etag })).status).toBe(206);
  expect((await fetchOutput('', { range: 'bytes=0-3', 'if-range': '"x"' })).status).toBe(200);
});

test('HEAD tells the size', async () => {
  const answer = await t.client.call('HEAD', `/v1/runs/${runId}/download`);
  expect(answer.status).toBe(200);
  expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(100);
});

test('csv', async () => {
  const answer = await fetchOutput('?format=csv');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toContain('.csv"');
  expect(await answer.text()).toBe(
    [
      'id,"the, name",amount,at,tags,nested',
      `1,plain,12.50,2026-02-15 06:00:00,"[a, b]",{'x': 1}`,
      '2,"comma, ""quote""",,,[],',
      `3,"",0.00,1999-12-31 23:59:59.5,,{'x': 2}`,
      '9007199254740993,"line\nbreak ü 🙂",-1.00,,[c],',
      '',
    ].join('\r\n'),
  );
});

test('json', async () => {
  const answer = await fetchOutput('?format=json');
  const text = await answer.text();
  expect(text).toContain('9007199254740993');
  const rows = JSON.parse(text) as Record<string, unknown>[];
  expect(rows).toHaveLength(4);
  expect(rows[0]).toEqual({
    id: 1,
    'the, name': 'plain',
    amount: 12.5,
    at: '2026-02-15 06:00:00',
    tags: ['a', 'b'],
    nested: { x: 1 },
  });
  expect(rows[3]!['the, name']).toBe('line\nbreak ü 🙂');
});

test('an output without rows', async () => {
  const id = await runWithOutput(t, 'SELECT 1 AS id, 2 AS n WHERE false');
  expect(await (await fetchOutput('?format=csv', {}, id)).text()).toBe('id,n\r\n');
  expect(await (await fetchOutput('?format=json', {}, id)).json()).toEqual([]);
});

test('a large output is converted as fast as it is read, one conversion at a time', async () => {
  const id = await runWithOutput(t, 'SELECT range AS id, repeat(md5(range::VARCHAR), 4) AS text FROM range(300_000)');
  const answer = await fetchOutput('?format=csv', {}, id);
  const reader = answer.body!.getReader();
  await reader.read();
  const refused = await t.client.get(`/v1/runs/${id}/download?format=json`);
  expect(refused.status).toBe(503);
  expect((await fetchOutput('', {}, id)).status).toBe(200);

  await reader.cancel();
  let again: Response | undefined;
  await expect
    .poll(async () => (again = await fetchOutput('?format=csv', {}, id)).status, { timeout: 20_000 })
    .toBe(200);

  let lines = 0;
  const text = again!.body!.pipeThrough(new TextDecoderStream());
  for await (const part of text) lines += part.split('\n').length - 1;
  expect(lines).toBe(300_001);
}, 60_000);

test('no output: while it runs, of a dry run, of a failed one, and when it was removed', async () => {
  const run = await addRun(t.store, { dryRun: true });
  expect((await t.client.get(`/v1/runs/${run.id}/download`)).status).toBe(409);
  await startRun(t.store, run.id);
  await finishRun(t.store, run.id);
  expect((await t.client.get(`/v1/runs/${run.id}/download`)).body()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('dry run'),
  });
  const lost = await addRun(t.store);
  await startRun(t.store, lost.id);
  await finishRun(t.store, lost.id, { warning: { code: 'output_not_kept', message: 'the volume is full' } });
  expect((await t.client.get(`/v1/runs/${lost.id}/download`)).body()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('the volume is full'),
  });
  expect((await t.client.get(`/v1/runs/${lost.id}`)).body()).toMatchObject({
    status: 'success',
    error: null,
    warning: { code: 'output_not_kept' },
  });
  const id = await runWithOutput(t, 'SELECT 1');
  await rm(join(t.dataDir, 'runs', id), { recursive: true });
  expect((await t.client.get(`/v1/runs/${id}/download`)).body()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('any more'),
  });
  expect((await t.client.get(`/v1/runs/${runId}/download?format=xlsx`)).status).toBe(400);
});

test('an output that is no Parquet is an error, not a broken answer', async () => {
  const id = await runWithOutput(t, 'SELECT 1');
  await writeFile(join(t.dataDir, 'runs', id, 'output.parquet'), 'rubbish');
  const answer = await t.client.get(`/v1/runs/${id}/download?format=csv`);
  expect(answer.status).toBe(500);
  expect(answer.headers.get('content-disposition')).toBeNull();
  expect(answer.text).not.toContain(t.dataDir);
  expect((await fetchOutput('?format=csv')).status).toBe(200);
});

test('a record or link that points elsewhere is not followed', async () => {
  for (const outputFile of ['/etc/passwd', '../../etc/passwd', 'headgate.db']) {
    const { id } = await addRun(t.store);
    await startRun(t.store, id);
    await mkdir(join(t.dataDir, 'runs', id), { recursive: true });
    await finishRun(t.store, id, { outputFile });
    const answer = await t.client.get(`/v1/runs/${id}/download`);
    expect([403, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('/etc');
  }
  const { id } = await addRun(t.store);
  await startRun(t.store, id);
  await mkdir(join(t.dataDir, 'runs', id), { recursive: true });
  await symlink('/etc/passwd', join(t.dataDir, 'runs', id, 'output.parquet'));
  await finishRun(t.store, id, { outputFile: join('runs', id, 'output.parquet') });
  expect((await t.client.get(`/v1/runs/${id}/download`)).body()).toMatchObject({ code: 'path_refused' });
});
