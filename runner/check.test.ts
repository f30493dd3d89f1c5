import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../foundation/log.ts';
import { checkConnection } from './check.ts';
import { connectors } from './connectors/index.ts';
import type { CheckResult } from './ports.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-check-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const check = (
  connector: string,
  settings: Record<string, unknown>,
  files: Readonly<Record<string, string>> = {},
): Promise<CheckResult> =>
  checkConnection(
    {
      checkId: 'chk_1',
      workspace: 'default',
      endpoint: { name: 'shop', connector, settings, pointer: '/spec' },
      files,
      timeoutMs: 10_000,
      environment: {
        store: `sqlite:${join(dataDir, 'headgate.db')}`,
        dataDir,
        allowPaths: [],
        allowNetworks: [],
        leaseMs: 10_000,
      },
    },
    { catalogue: { connectors, env: {} }, log: silentLogger(), signal: new AbortController().signal },
  );

test('files of the repository are there', async () => {
  const blob = join(dataDir, '4b825d.csv');
  await writeFile(blob, 'id\n1\n');
  expect(await check('file', { path: 'data/in.csv' }, { 'data/in.csv': blob })).toEqual({
    ok: true,
    message: '1 file, 5 bytes',
  });
  expect((await check('file', { path: 'data/in.csv' })).message).toBe('nothing is there yet');
  expect(await readdir(join(dataDir, 'checks'))).toEqual([]);
});

test('settings that pipelines complete are no matter of the connection alone, and that is said', async () => {
  const settings = { path: 'data/${var:REGION}-${var:DAY}.csv', format: '${var:REGION}' };
  const { ok, message } = await check('file', settings);
  expect(ok).toBe(false);
  expect(message).toContain('its settings take ${var:REGION}, ${var:DAY} from the pipelines that use it');
  expect((await check('file', { path: 'data/$${var:REGION}.csv' })).ok).toBe(true);
});
