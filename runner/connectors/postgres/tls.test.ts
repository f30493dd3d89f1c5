import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPostgres, type PostgresServer } from '../../../test/servers/postgres.ts';
import { postgres } from '../postgres.ts';
import { SuiteEngine, settingsOf } from '../suite/engine.ts';
import type { CheckResult } from '../../ports.ts';

const run = promisify(execFile);
const openssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);

describe.skipIf(!openssl)('TLS (needs the openssl command to make a certificate)', () => {
  let server: PostgresServer;
  let engine: SuiteEngine;
  let folder: string;
  let ca: string;

  beforeAll(async () => {
    server = await startPostgres();
    engine = await SuiteEngine.start();
    folder = await mkdtemp(join(tmpdir(), 'headgate-tls-'));
    const request =
      '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=db -addext subjectAltName=IP:127.0.0.1';
    await run('openssl', ['req', ...request.split(' '), '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')]);
    ca = await readFile(join(folder, 'cert'), 'utf8');
    const client = await server.client();
    // The server itself writes its files, since they must be its user's own.
    for (const [name, text] of [
      ['server.crt', ca],
      ['server.key', await readFile(join(folder, 'key'), 'utf8')],
    ] as const) {
      const copied = `COPY (SELECT line FROM regexp_split_to_table(${client.escapeLiteral(text.trim())}, '\n') AS line)`;
      await client.query(`${copied} TO PROGRAM 'cat > ${name} && chmod 600 ${name}'`);
    }
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
    await vi.waitUntil(async () => (await check({ ssl: 'require' })).ok, { timeout: 10_000 });
    await client.end();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await engine.stop();
    await server.stop();
  });

  const check = async (settings: Record<string, unknown>): Promise<CheckResult> => {
    const { host, port, user, password } = server;
    const resolved = settingsOf(postgres, { host, port, user, password, ...settings });
    return postgres.check(resolved, await engine.context(await engine.folder()));
  };

  test.each(['disable', 'prefer', 'require'])('%s does not look at the certificate', async (ssl) => {
    expect(await check({ ssl })).toMatchObject({ ok: true });
  });

  test('verify-full takes a certificate of the given authority', async () => {
    expect(await check({ ssl: 'verify-full', sslCa: ca })).toMatchObject({ ok: true });
  });

  test('verify-full refuses a certificate of an unknown authority', async () => {
    expect(await check({ ssl: 'verify-full' })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/self-signed certificate/) as string,
    });
  });

  test('verify-full refuses a certificate for another name', async () => {
    const result = await check({ ssl: 'verify-full', sslCa: ca, host: 'localhost' });
    expect(result).toMatchObject({
      ok: false,
      message: expect.stringMatching(/Hostname\/IP does not match/) as string,
    });
  });

  test('connections are encrypted', async () => {
    const { host, port, user, password } = server;
    const settings = { host, port, user, password, ssl: 'require' };
    const query = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    const table = await engine.extract(postgres, { settings }, await engine.folder(), { query });
    expect(await engine.rows(table)).toEqual([{ ssl: true }]);
  });
});
