import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveFiles, resolvePath, type PathPolicy } from './paths.ts';

let root: string;
let policy: PathPolicy;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'headgate-paths-'));
  for (const folder of ['data/files/in', 'allowed/deep', 'outside']) mkdirSync(join(root, folder), { recursive: true });
  for (const path of ['data/files/in/b.csv', 'data/files/in/a.csv', 'data/files/in/c.txt', 'allowed/deep/x.csv']) {
    writeFileSync(join(root, path), '');
  }
  writeFileSync(join(root, 'outside/secret.csv'), '');
  symlinkSync(join(root, 'outside'), join(root, 'data/files/leak'));
  symlinkSync(join(root, 'outside/secret.csv'), join(root, 'data/files/in/leak.csv'));
  symlinkSync(join(root, 'data/files/in'), join(root, 'data/files/inside'));
  policy = {
    dataDir: join(root, 'data'),
    allowPaths: [join(root, 'allowed')],
    files: { 'seed/orders.csv': '/blobs/aa', 'seed/deep/old.csv': '/blobs/bb', 'seed/readme.md': '/blobs/cc' },
  };
});
afterAll(() => rmSync(root, { recursive: true }));

describe('paths of pipelines', () => {
  test('relative paths are below files, and the repository comes first for reading', () => {
    expect(resolvePath(policy, 'in/a.csv', 'read')).toBe(join(root, 'data/files/in/a.csv'));
    expect(resolvePath(policy, './new/x.csv', 'write')).toBe(join(root, 'data/files/new/x.csv'));
    expect(resolvePath(policy, 'seed/orders.csv', 'read')).toBe('/blobs/aa');
    expect(resolvePath(policy, './seed/orders.csv', 'read')).toBe('/blobs/aa');
    expect(resolvePath(policy, 'seed/orders.csv', 'write')).toBe(join(root, 'data/files/seed/orders.csv'));
    expect(resolvePath(policy, 'inside/a.csv', 'read')).toBe(join(root, 'data/files/inside/a.csv'));
  });

  test('absolute paths lie in allowed folders', () => {
    expect(resolvePath(policy, join(root, 'allowed/deep/x.csv'), 'write')).toBe(join(root, 'allowed/deep/x.csv'));
  });

  test.each([
    ['../x.csv', /holds '\.\.'/],
    ['in/../../x.csv', /holds '\.\.'/],
    ['in\\..\\x.csv', /holds '\.\.'/],
    ['/etc/passwd', /outside the allowed folders/],
    ['leak/secret.csv', /symbolic link/],
    ['leak/new.csv', /symbolic link/],
    ['in/leak.csv', /symbolic link/],
    ['in/a.csv\0', /is not a path/],
    ['', /is not a path/],
  ])('refuses %j', (path, message) => {
    for (const access of ['read', 'write'] as const) {
      expect(() => resolvePath(policy, path, access)).toThrow(message);
      expect(() => resolvePath(policy, path, access)).toThrow(expect.objectContaining({ code: 'path_refused' }));
    }
  });

  test('a folder whose name only begins like an allowed one is not allowed', () => {
    expect(() => resolvePath(policy, join(root, 'allowed-too/x'), 'read')).toThrow(/outside/);
  });
});

test('names that objects have of their own are no files of the repository', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(resolvePath(policy, name, 'read')).toBe(join(root, 'data/files', name));
    expect(resolveFiles(policy, name)).toEqual([{ name, path: join(root, 'data/files', name) }]);
  }
});

test('a link whose name has wildcards in it is followed too', () => {
  symlinkSync(join(root, 'outside/secret.csv'), join(root, 'data/files/in/w[1].csv'));
  symlinkSync(join(root, 'outside'), join(root, 'data/files/w[2]'));
  expect(() => resolvePath(policy, 'in/w[1].csv', 'write')).toThrow(/symbolic link/);
  expect(() => resolvePath(policy, 'w[2]/new.csv', 'write')).toThrow(/symbolic link/);
  expect(() => resolveFiles(policy, 'in/w*.csv')).toThrow(/symbolic link/);
  rmSync(join(root, 'data/files/in/w[1].csv'));
});

describe('globs', () => {
  test('match files of the repository by their names there', () => {
    expect(resolveFiles(policy, 'seed/**/*.csv')).toEqual([
      { name: 'seed/deep/old.csv', path: '/blobs/bb' },
      { name: 'seed/orders.csv', path: '/blobs/aa' },
    ]);
    expect(resolveFiles(policy, 'seed/*.csv').map(({ name }) => name)).toEqual(['seed/orders.csv']);
  });

  test('match files on disk, sorted', () => {
    expect(resolveFiles(policy, 'in/[ab].csv').map(({ name }) => name)).toEqual(['in/a.csv', 'in/b.csv']);
    expect(resolveFiles(policy, join(root, 'allowed/**/*.csv'))).toEqual([
      { name: join(root, 'allowed/deep/x.csv'), path: join(root, 'allowed/deep/x.csv') },
    ]);
    expect(resolveFiles(policy, 'none/*.csv')).toEqual([]);
  });

  test('refuse a match that is a link to elsewhere', () => {
    expect(() => resolveFiles(policy, 'in/*.csv')).toThrow(/symbolic link/);
    expect(() => resolveFiles(policy, 'leak/*.csv')).toThrow(/symbolic link/);
  });
});
