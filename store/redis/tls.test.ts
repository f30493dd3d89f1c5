import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, redisMissing, startRedis, type RedisServer } from '../../test/servers/redis.ts';
import { openStore } from '../open.ts';
import { newRun } from '../suites/samples.ts';
import { openRedis } from './open.ts';

const run = promisify(execFile);
const missing =
  (await redisMissing()) ??
  (await run('openssl', ['version']).then(
    () => null,
    () => 'the openssl command, which makes the certificate, is not installed',
  ));

describe.skipIf(missing !== null)(`rediss${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  let server: RedisServer;
  let folder: string;
  let url: string;
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headgate-redis-tls-'));
    const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
    const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redis';
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    await run('openssl', ['req', ...request.split(' '), ...names, '-keyout', key, '-out', certificate]);
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    server = await startRedis({ args: ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no'] });
    url = `rediss://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a certificate that nobody vouches for is refused; one of a trusted authority is not', async () => {
    await expect(openRedis(url, { waitMs: 500 })).rejects.toThrow(/cannot be reached: self-signed certificate/);
    setDefaultCACertificates([...trusted, await readFile(join(folder, 'certificate'), 'utf8')]);
    const store = await openStore(url);
    expect((await store.runs.create(newRun())).created).toBe(true);
    await store.close();
  });
});
