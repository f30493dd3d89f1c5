/** Outputs of runs that are in object storage, against a real server of the S3 protocol. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputName } from '../../store/objects/output-name.ts';
import { S3Objects } from '../../store/objects/s3.ts';
import { s3Missing, startS3, type S3Server } from '../../test/servers/s3.ts';
import { createSlots } from '../http/slots.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { runWithOutput } from '../testing/output.ts';
import { addRun, finishRun, startRun } from '../testing/runs.ts';

const missing = s3Missing();
const NEVER = new AbortController().signal;
const POLL = { timeout: 20_000 };
const SCRATCH_BYTES = 16 * 1024 ** 2;

let server: S3Server;
let objects: S3Objects;
let folder: string;
let t: TestApi;

async function parquet(sql: string): Promise<string> {
  const path = join(folder, `${Math.random()}.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet, COMPRESSION uncompressed)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** A run that ended with the rows of a query as its output in the bucket. */
async function remoteRun(sql: string): Promise<string> {
  const { id } = await addRun(t.store);
  await startRun(t.store, id);
  await objects.put(outputName(id), await parquet(sql), NEVER);
  await finishRun(t.store, id, { outputFile: objects.urlOf(outputName(id)), outputFileSize: 1 });
  return id;
}

async function fetchOutput(id: string, query = '', headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${t.client.token}`;
  return fetch(`${t.api.url}/v1/runs/${id}/download${query}`, { headers: { authorization, ...headers } });
}

const scratch = (): string => join(folder, 'scratch');

describe.skipIf(missing !== null)(`outputs on S3${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  beforeAll(async () => {
    server = await startS3();
    folder = await mkdtemp(join(tmpdir(), 'headgate-outputs-'));
    const { credentials } = server;
    objects = new S3Objects({ location: server.location('pre fix'), credentials, requestMs: 5000, attempts: 2 });
    const downloads = createSlots('downloads', 2);
    t = await startTestApi({
      remoteOutputs: { objects, scratch: scratch(), scratchBytes: SCRATCH_BYTES, downloads },
      limits: { conversions: 1 },
    });
  });
  afterAll(async () => {
    await t?.close();
    await objects?.close();
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  test('the file, ranges of it, and ETags', async () => {
    // More than one chunk of the storage.
    const id = await remoteRun('SELECT range AS id, random() AS x FROM range(400000)');
    const whole = await fetchOutput(id);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(bytes.length).toBeGreaterThan(4_000_000);
    expect([whole.status, bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual([
      200,
      'PAR1',
      'PAR1',
    ]);
    const etag = whole.headers.get('etag')!;
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-length': String(bytes.length),
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="orders-${id}.parquet"`,
      etag: expect.stringMatching(/^"run_.+-.+"$/),
    });
    const part = await fetchOutput(id, '', { range: 'bytes=2097100-2097200' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2097100-2097200/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(2_097_100, 2_097_201))).toBe(true);
    const tail = await fetchOutput(id, '', { range: 'bytes=-4', 'if-range': etag });
    expect([tail.status, await tail.text()]).toEqual([206, 'PAR1']);
    expect((await fetchOutput(id, '', { 'if-none-match': etag })).status).toBe(304);
    const beyond = await fetchOutput(id, '', { range: `bytes=${bytes.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    const view = (await t.client.get(`/v1/runs/${id}`)).body();
    expect(view['output_file']).toBe(`s3://outputs/pre fix/runs/${id}/output.parquet`);
  });

  test('conversions, which leave nothing on the disk; a file that is too large for it is refused', async () => {
    const id = await remoteRun(`SELECT * FROM (VALUES (1, 'a,b'), (2, NULL)) AS t(id, name)`);
    expect(await (await fetchOutput(id, '?format=csv')).text()).toBe('id,name\r\n1,"a,b"\r\n2,\r\n');
    expect(await (await fetchOutput(id, '?format=json')).json()).toEqual([
      { id: 1, name: 'a,b' },
      { id: 2, name: null },
    ]);
    const large = await remoteRun('SELECT range AS id, random() AS a, random() AS b FROM range(1200000)');
    const refused = await fetchOutput(large, '?format=csv');
    expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'payload_too_large' }]);
    // A client that goes away in the middle.
    const gone = new AbortController();
    const middle = await remoteRun('SELECT range AS id FROM range(1000000)');
    const headers = { authorization: `Bearer ${t.client.token}` };
    const answer = await fetch(`${t.api.url}/v1/runs/${middle}/download?format=csv`, { headers, signal: gone.signal });
    await answer.body!.getReader().read();
    gone.abort();
    await expect.poll(() => readdir(scratch()), POLL).toEqual([]);
    await expect.poll(async () => (await fetchOutput(id, '?format=csv')).status, POLL).toBe(200);
  });

  test('as many downloads at a time as memory bears; slots come back', async () => {
    const id = await remoteRun('SELECT range AS id, random() AS x FROM range(1000000)');
    const held = await Promise.all([fetchOutput(id), fetchOutput(id)]);
    expect(held.map(({ status }) => status)).toEqual([200, 200]);
    const turned = await fetchOutput(id);
    expect([turned.status, turned.headers.get('retry-after')]).toEqual([503, '5']);
    for (const { body } of held) await body!.cancel();
    await expect
      .poll(async () => {
        const again = await fetchOutput(id);
        await again.body?.cancel();
        return again.status;
      }, POLL)
      .toBe(200);
    for (let n = 0; n < 3; n++) {
      const headers = { authorization: `Bearer ${t.client.token}` };
      const head = await fetch(`${t.api.url}/v1/runs/${id}/download`, { method: 'HEAD', headers });
      expect([head.status, Number(head.headers.get('content-length')) > 4_000_000]).toEqual([200, true]);
    }
    await expect.poll(async () => (await fetchOutput(id, '', { range: 'bytes=0-3' })).text(), POLL).toBe('PAR1');
  });

  test('outputs of the data folder are served as before', async () => {
    const id = await runWithOutput(t, 'SELECT 1 AS id');
    expect(await (await fetchOutput(id, '?format=csv')).text()).toBe('id\r\n1\r\n');
  });

  test('what is gone, lies elsewhere, or is no Parquet', async () => {
    const id = await remoteRun('SELECT 1');
    await objects.remove([outputName(id)], NEVER);
    expect((await t.client.get(`/v1/runs/${id}/download`)).body()).toMatchObject({
      status: 404,
      detail: expect.stringContaining('any more'),
    });
    const other = await remoteRun('SELECT 1');
    for (const outputFile of ['s3://elsewhere/runs/x', objects.urlOf(outputName(other)), objects.urlOf('../x')]) {
      const run = await addRun(t.store);
      await startRun(t.store, run.id);
      await finishRun(t.store, run.id, { outputFile });
      expect((await t.client.get(`/v1/runs/${run.id}/download`)).body()).toMatchObject({ code: 'not_found' });
    }
    const rubbish = await addRun(t.store);
    await startRun(t.store, rubbish.id);
    const path = join(folder, 'rubbish');
    await writeFile(path, 'rubbish');
    await objects.put(outputName(rubbish.id), path, NEVER);
    await finishRun(t.store, rubbish.id, { outputFile: objects.urlOf(outputName(rubbish.id)) });
    const answer = await t.client.get(`/v1/runs/${rubbish.id}/download?format=csv`);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain(folder);
    expect(await readdir(scratch())).toEqual([]);
  });

  test('storage that is down is unavailable for a while', async () => {
    const id = await remoteRun('SELECT 1 AS id');
    await server.kill();
    const down = await fetchOutput(id);
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '10']);
    await server.restart();
    expect(await (await fetchOutput(id, '?format=csv')).text()).toBe('id\r\n1\r\n');
  });
});
