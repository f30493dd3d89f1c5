import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSecretFile, readSecretFile, writeSecretFile } from './secret-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('made once, readable by this user only, nothing left beside it', () => {
  const path = join(folder, 'deeper', 'key');
  expect(readSecretFile(path)).toBeNull();
  const secret = ensureSecretFile(path);
  expect(secret).toMatch(/^[0-9a-z]{32}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(ensureSecretFile(path)).toBe(secret);
  expect(readdirSync(join(folder, 'deeper'))).toEqual(['key']);
});

test('a file that others could read is closed to them', () => {
  const path = join(folder, 'key');
  writeSecretFile(path, 'abc');
  chmodSync(path, 0o644);
  expect(ensureSecretFile(path)).toBe('abc');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a folder in its place is an error, not a new secret', () => {
  expect(() => readSecretFile(folder)).toThrow('EISDIR');
});
