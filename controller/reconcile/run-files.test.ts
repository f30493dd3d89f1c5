import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { S3Objects } from '../../store/objects/s3.ts';
import { RunFiles } from './run-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-run-files-'));
  for (const id of ['run_1', 'run_2']) await mkdir(join(folder, 'runs', id), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const folders = (): boolean[] => ['run_1', 'run_2'].map((id) => existsSync(join(folder, 'runs', id)));

test('folders of runs go, and no others', async () => {
  const files = new RunFiles(folder);
  await files.remove(['run_1', 'run_none']);
  expect(folders()).toEqual([false, true]);
});

test('where a bucket is out of reach, the removal fails; it is left alone for a minute, and then one at a time looks', async () => {
  const location = { bucket: 'data', prefix: '', region: 'r', endpoint: 'http://127.0.0.1:9', pathStyle: true };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const objects = new S3Objects({ location, credentials, attempts: 1 });
  let now = 5;
  const files = new RunFiles(folder, objects, () => now);
  await files.discard(['run_1']);
  expect(folders()).toEqual([false, true]);
  const asked = { code: 'unavailable', message: expect.stringContaining('s3://data/runs/run_2/output.parquet cannot') };
  const left = { code: 'unavailable', message: expect.stringContaining('out of reach just now') };
  await expect(files.remove(['run_2'])).rejects.toMatchObject(asked);
  expect(folders()).toEqual([false, false]);
  await expect(files.remove(['run_2'])).rejects.toMatchObject(left);
  now += 60_000;
  // Folders go before, so that either one may be the first at the storage.
  const both = await Promise.allSettled([files.remove(['run_2']), files.remove(['run_2'])]);
  const errors = both.map((each) => (each.status === 'rejected' ? each.reason : each));
  expect(errors).toContainEqual(expect.objectContaining(asked));
  expect(errors).toContainEqual(expect.objectContaining(left));
  // Nothing is asked where there is nothing to delete.
  await files.remove([]);
  await objects.close();
});

test('storage that is back is asked by everybody again; what it refuses is told to each', async () => {
  const unavailable = new HeadgateError('unavailable', 'down');
  const refused = new HeadgateError('storage_refused', 'no right');
  const answers = [unavailable, null, refused, refused, null];
  let now = 5;
  const files = new RunFiles(folder, { remove: async () => throwGiven(answers.shift()) }, () => now);
  await expect(files.remove(['run_1'])).rejects.toBe(unavailable);
  now += 60_000;
  await files.remove(['run_1']);
  await expect(files.remove(['run_1'])).rejects.toBe(refused);
  await expect(files.remove(['run_1'])).rejects.toBe(refused);
  await files.remove(['run_1']);
  expect(answers).toEqual([]);
});

function throwGiven(error: Error | null | undefined): void {
  if (error instanceof Error) throw error;
}
