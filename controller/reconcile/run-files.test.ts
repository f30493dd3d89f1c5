import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('where a bucket is out of reach, the removal fails and can be tried again; what is on this machine goes', async () => {
  const location = { bucket: 'data', prefix: '', region: 'r', endpoint: 'http://127.0.0.1:9', pathStyle: true };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const objects = new S3Objects({ location, credentials, attempts: 1 });
  const files = new RunFiles(folder, objects);
  await files.discard(['run_1']);
  expect(folders()).toEqual([false, true]);
  for (let tries = 0; tries < 2; tries++) {
    await expect(files.remove(['run_2'])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('s3://data/runs/run_2/output.parquet cannot be deleted'),
    });
  }
  expect(folders()).toEqual([false, false]);
  // Nothing is asked where there is nothing to delete.
  await files.remove([]);
  await objects.close();
});
