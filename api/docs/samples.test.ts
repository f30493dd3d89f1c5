import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { samplesOf } from './samples.ts';

const run = promisify(execFile);

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, pipeline('orders'));
});
afterAll(() => t.close());

const call = {
  method: 'POST',
  path: '/v1/pipelines/orders/runs',
  authenticated: true,
  body: { dry_run: true, variables: { REGION: "l'eu", N: 1 } },
};

test.each([
  ['curl', 'bash', ['-c']],
  ['JavaScript', process.execPath, ['--input-type=module', '-e']],
  ['Python', 'python3', ['-c']],
])('the %s sample runs', async (language, program, args) => {
  const sample = samplesOf(call).find((one) => one.language === language)!;
  const env = { ...process.env, HEADGATE_URL: t.api.url, HEADGATE_TOKEN: t.client.token };
  const { stdout } = await run(program, [...args, sample.code], { env, timeout: 20_000 });
  expect(stdout).toContain('"dry_run":true');
});
