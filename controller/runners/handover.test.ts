import { appendFile, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installation, type Installation, type Pipeline } from '../../runner/engine/testing.ts';
import type { Handed } from '../../runner/handed.ts';
import { MAX_BLOB_BYTES } from '../../store/blob-ports.ts';
import { Handover } from './handover.ts';

const NEVER = new AbortController().signal;
const DAY = 86_400_000;
const PIPELINE: Pipeline = {
  sources: [{ connector: 'http', settings: { url: 'https://x', auth: { bearer: { token: '${secret:a/b}' } } } }],
};

let here: Installation;
let handover: Handover;
let now: number;
beforeEach(async () => {
  here = await installation();
  now = Date.now();
  handover = new Handover({ blobs: here.store.blobs, clock: () => now });
});
afterEach(() => here.close());

const file = async (name: string, content: string): Promise<string> => {
  const path = join(here.dataDir, name);
  await writeFile(path, content);
  return path;
};
const sparse = async (name: string, size: number): Promise<string> => {
  const path = join(here.dataDir, name);
  const handle = await open(path, 'w');
  await handle.truncate(size);
  await handle.close();
  return path;
};
const textOf = async (name: string): Promise<string> =>
  Buffer.from((await here.store.blobs.get(name, now))!).toString();
const names = async (prefix: string): Promise<readonly string[]> =>
  (await here.store.blobs.list(prefix, now)).map(({ name }) => name);

it('an assignment holds references and hashes, but no place of the controller', async () => {
  const files = {
    'a.csv': await file('one', 'same'),
    'b.csv': await file('two', 'same'),
    'c.csv': await file('3', ''),
  };
  const assignment = await here.claim({ ...PIPELINE, files });
  const name = await handover.run(assignment, NEVER);
  expect(name).toBe(`run/${assignment.runId}/1`);
  const text = await textOf(name);
  expect(text).toContain('${secret:a/b}');
  expect(text).not.toContain(here.dataDir);
  const handed = JSON.parse(text) as Extract<Handed, { kind: 'run' }>;
  expect(handed).toMatchObject({ kind: 'run', runId: assignment.runId, attempt: 1 });
  expect(handed.environment).toEqual({ allowPaths: [], allowNetworks: ['127.0.0.0/8'], leaseMs: 30_000 });
  expect(handed.pipeline.files['a.csv']).toEqual(handed.pipeline.files['b.csv']);
  expect(handed.pipeline.files['a.csv']!.size).toBe(4);
  expect(await names('file/')).toHaveLength(2);
  expect(await textOf(`file/${handed.pipeline.files['a.csv']!.sha256}`)).toBe('same');
});

it('it is kept for a day, or as long as the run may take', async () => {
  const short = await handover.run(await here.claim(PIPELINE), NEVER);
  const long = await handover.run(await here.claim({ ...PIPELINE, timeoutMs: 3 * DAY }), NEVER);
  now += DAY;
  expect(await here.store.blobs.get(short, now)).toBeNull();
  now += 2 * DAY;
  expect(await here.store.blobs.get(long, now)).not.toBeNull();
});

it('files that are there are kept longer, and brought again when they are gone', async () => {
  const files = { 'a.csv': await file('one', 'content') };
  await handover.run(await here.claim({ ...PIPELINE, files }), NEVER);
  const [blob] = await names('file/');
  now += DAY - 1;
  await handover.run(await here.claim({ ...PIPELINE, files }), NEVER);
  now += DAY - 1;
  expect(await textOf(blob!)).toBe('content');
  now += 1;
  expect(await names('file/')).toEqual([]);
  await handover.run(await here.claim({ ...PIPELINE, files }), NEVER);
  expect(await textOf(blob!)).toBe('content');
});

it('a file that changes is another file', async () => {
  const path = await file('one', 'content');
  await handover.run(await here.claim({ ...PIPELINE, files: { a: path } }), NEVER);
  await appendFile(path, ' and more');
  await handover.run(await here.claim({ ...PIPELINE, files: { a: path } }), NEVER);
  const texts = await Promise.all((await names('file/')).map(textOf));
  expect(texts.sort()).toEqual(['content', 'content and more']);
});

it('a stream that is handed over again is kept longer, and put again when it is gone', async () => {
  const { pipeline, environment } = await here.claim(PIPELINE);
  const settings = {
    batch: { size: 1, intervalMs: 0 },
    delivery: { concurrency: 1, order: 'all' },
  } as const;
  const again = () => handover.stream({ pipeline, settings, environment }, 'h1', NEVER);
  const name = await again();
  expect(name).toBe(`stream/${pipeline.id}/h1`);
  now += 6 * DAY;
  await again();
  now += 6 * DAY;
  expect(JSON.parse(await textOf(name))).toMatchObject({ kind: 'stream', hash: 'h1', settings });
  await handover.forget(name);
  expect(await here.store.blobs.get(name, now)).toBeNull();
  expect(await again()).toBe(name);
  expect(await here.store.blobs.get(name, now)).not.toBeNull();
});

it('files that are too large are refused by name', async () => {
  const large = await sparse('large', MAX_BLOB_BYTES + 1);
  await expect(handover.run(await here.claim({ ...PIPELINE, files: { 'l.csv': large } }), NEVER)).rejects.toMatchObject(
    {
      code: 'source_failed',
      message: 'file l.csv has more than 64 MiB',
      hint: expect.stringContaining('volume') as string,
    },
  );
  const files: Record<string, string> = {};
  // Five that differ in their size.
  for (let n = 0; n < 5; n++) files[`${n}.csv`] = await sparse(`s${n}`, MAX_BLOB_BYTES - n);
  await expect(handover.run(await here.claim({ ...PIPELINE, files }), NEVER)).rejects.toMatchObject({
    code: 'source_failed',
    message: 'the files of the pipeline have more than 256 MiB',
  });
  expect(await names('file/')).toEqual([]);
});

it('ends with its signal', async () => {
  const files = { 'a.csv': await file('one', 'content') };
  const assignment = await here.claim({ ...PIPELINE, files });
  await expect(handover.run(assignment, AbortSignal.abort())).rejects.toThrow(/abort/i);
});
