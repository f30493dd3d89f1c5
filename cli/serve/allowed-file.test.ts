import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAllowedFile } from './allowed-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headgate-allowed-'));
  await mkdir(join(dir, 'secrets'));
  await writeFile(join(dir, 'secrets/token'), 'hush');
  await writeFile(join(dir, 'outside'), 'no');
  await symlink(join(dir, 'secrets'), join(dir, 'link'));
  await symlink(join(dir, 'outside'), join(dir, 'secrets/leak'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('reads below an allowed folder, also where that is a symbolic link', async () => {
  expect(await readAllowedFile(join(dir, 'secrets/token'), [join(dir, 'secrets')])).toBe('hush');
  expect(await readAllowedFile(join(dir, 'link/token'), [join(dir, 'link')])).toBe('hush');
});

test.each([
  ['outside', 'path_refused'],
  ['secrets/leak', 'path_refused'],
  ['secrets/../outside', 'path_refused'],
  ['secrets/none', 'reference_not_found'],
])('%s: %s', async (path, code) => {
  await expect(readAllowedFile(`${dir}/${path}`, [join(dir, 'secrets')])).rejects.toMatchObject({ code });
});
