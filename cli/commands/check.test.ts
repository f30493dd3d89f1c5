import { afterAll, beforeAll, expect, it } from 'vitest';
import { declare, startTestApi, type TestApi } from '../../api/testing/harness.ts';
import { API_VERSION } from '../../crds/index.ts';
import { cli, type CliResult } from '../testing/cli.ts';

let server: TestApi;
beforeAll(async () => {
  server = await startTestApi();
  await declare(server.resources, {
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { name: 'shop', namespace: 'default' },
    spec: { connector: 'generator' },
  });
});
afterAll(() => server.close());

const check = (...argv: string[]): Promise<CliResult> =>
  cli(['check', ...argv], { env: { server: server.api.url, token: server.client.token } });

it('says whether it can connect, and ends accordingly', async () => {
  server.controller.checkResult = { ok: true, message: '2 tables', streams: ['orders', 'customers'] };
  expect(await check('shop')).toMatchObject({
    code: 0,
    out: 'connection shop can connect: 2 tables\nstreams: orders, customers\n',
  });
  server.controller.checkResult = { ok: false, message: 'no such host' };
  expect(await check('shop')).toMatchObject({
    code: 1,
    out: 'connection shop cannot connect: no such host\n',
    err: '',
  });
  const json = await check('shop', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, message: 'no such host', streams: null });
  expect((await check('nobody')).code).toBe(4);
});
