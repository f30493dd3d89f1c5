import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../crds/index.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { runWithOutput } from '../testing/output.ts';
import { addEvents } from '../testing/events.ts';
import { logLines } from '../testing/runs.ts';
import { stream } from '../testing/stream.ts';

const run = promisify(execFile);
const guide = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
const commands = [...guide.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1]!);

let t: TestApi;
let runId: string;
let event: string;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, pipeline('orders'), stream('orders-stream'), {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: 'main', namespace: 'default' },
    spec: { url: 'https://git.example.com/data.git' },
  });
  await declare(t.resources, {
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { name: 'shop-events', namespace: 'default' },
    spec: { connector: 'events' },
  });
  await declare(t.resources, stream('from-shop', {}, { source: { connection: 'shop-events' } }));
  t.controller.write = async ({ changes, dryRun }) => {
    if (dryRun) return { form: 'planned', plan: t.controller.plan };
    await declare(t.resources, ...changes.flatMap((change) => ('resource' in change ? [change.resource] : [])));
    return { form: 'applied', revision: 'c0ffee', plan: t.controller.plan };
  };
  runId = await runWithOutput(t, 'SELECT 1 AS id');
  [event] = (await addEvents(t, 'orders-stream', [{}])) as [string];
  await t.store.runs.appendLogs(runId, logLines(2));
});
afterAll(() => t.close());

test('the guide has commands', () => {
  expect(commands.length).toBeGreaterThan(5);
});

test.each(commands)('%s', async (command) => {
  const { stdout } = await run('bash', ['-euc', command], {
    env: {
      PATH: process.env['PATH'],
      HEADGATE_URL: t.api.url,
      HEADGATE_TOKEN: t.client.token,
      RUN: runId,
      EVENT: event,
      INTEGRATION: 'shop-events',
      INBOUND_KEY: t.client.token,
    },
    cwd: t.dataDir,
    timeout: 20_000,
  });
  expect(stdout).toMatch(/^[{i\d]|^retry/);
});

test('the error that the guide shows is the one that is sent', async () => {
  const [, shown] = /```json\n([^]*?)```/.exec(guide)!;
  const { request_id: _shown, ...expected } = JSON.parse(shown!) as Record<string, unknown>;
  expect((await t.client.get('/v1/pipelines?limits=5')).body()).toMatchObject(expected);
});
