import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fingerprint, mountedSecrets, secretsIn } from './mounted-secrets.ts';

let home: string;
let folder: string;

/** As the kubelet does it: a folder with a new name, and the link to it exchanged. */
async function mount(version: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await mkdir(join(folder, version, name, '..'), { recursive: true });
    await writeFile(join(folder, version, name), value);
  }
  await symlink(version, join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, '..data'));
  for (const name of new Set(Object.keys(values).map((path) => path.split('/')[0]!))) {
    await symlink(join('..data', name), join(folder, name)).catch(() => undefined);
  }
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headgate-mounted-'));
  folder = join(home, 'secrets');
  await mkdir(folder);
  await writeFile(join(home, 'outside'), 'not for pipelines');
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('reads what is mounted, as it is, and what it is replaced by', async () => {
  await mount('..1', { 'billing/token': 'one\n' });
  const secrets = mountedSecrets(folder, 'team');
  expect(await secrets.read('billing', 'token')).toBe('one\n');
  await mount('..2', { 'billing/token': 'two' });
  expect(await secrets.read('billing', 'token')).toBe('two');
});

it('what is not there is null, and nothing leads out of the folder', async () => {
  await mount('..1', { 'billing/token': 'one' });
  const secrets = mountedSecrets(folder, 'team');
  for (const [name, key] of [
    ['billing', 'other'],
    ['other', 'token'],
    ['..', 'outside'],
    ['.', 'billing'],
    ['billing/..', '../outside'],
    ['billing', 'token/x'],
  ] as const) {
    expect(await secrets.read(name, key)).toBeNull();
  }
  expect(secrets.missing!('billing', 'other').hint).toContain('kubectl -n team create secret generic billing');
});

it('a value that is too long is refused by name', async () => {
  await mount('..1', { 'billing/token': 'x'.repeat(65_537) });
  await expect(mountedSecrets(folder, 'team').read('billing', 'token')).rejects.toMatchObject({
    code: 'reference_not_found',
    message: 'secret billing/token is over 65536 characters',
  });
});

it('the fingerprint follows the values of what is referred to, and nothing else', async () => {
  const settings = { auth: { token: 'Bearer ${secret:billing/token}' }, list: ['${env:X}', '$${secret:not/this}'] };
  const names = secretsIn([settings, settings]);
  expect(names).toEqual(['billing/token']);
  const none = await fingerprint(folder, names);
  await mount('..1', { 'billing/token': 'one', 'billing/other': '1' });
  const one = await fingerprint(folder, names);
  await mount('..2', { 'billing/token': 'one', 'billing/other': '2' });
  expect(await fingerprint(folder, names)).toBe(one);
  await mount('..3', { 'billing/token': 'two', 'billing/other': '2' });
  expect(new Set([none, one, await fingerprint(folder, names)]).size).toBe(3);
});
