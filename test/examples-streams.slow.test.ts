/** The examples of streams, served as they are from a Git repository, with what arrives at their destinations. */
import { createHmac } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startReceiver } from '../examples/fan-out/receiver.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startPostgres } from './servers/postgres.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

let repository: TestRepository;
/** What is to be undone after a test, the last first. */
let undo: (() => Promise<void>)[];

beforeEach(async () => {
  repository = await createRepository();
  undo = [() => repository.remove()];
});
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
});

async function serve(
  example: string,
  pipeline: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  await cp(join(EXAMPLES, example), join(repository.dir, 'examples', example), { recursive: true });
  await repository.commit({}, `add ${example}`);
  const server = await startTestServer(repository.dir, {
    path: `examples/${example}`,
    env: { ...process.env, ...env },
  });
  undo.push(() => server.stop());
  await eventually(`${pipeline} to be active`, async () => {
    const answer = await server.api(`/v1/pipelines/${pipeline}`);
    return answer.ok && ((await answer.json()) as { status: string }).status === 'active';
  });
  return server;
}

const send = (server: TestServer, pipeline: string, lines: readonly string[]): Promise<Response> =>
  server.api(`/v1/events?pipeline_id=${pipeline}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });

const settled = (server: TestServer, pipeline: string, accepted: number): Promise<unknown> =>
  eventually('everything to be settled', async () => {
    const answer = await server.api(`/v1/pipelines/${pipeline}`);
    const { events } = (await answer.json()) as { events: { accepted: number; lag: number } };
    return events.accepted === accepted && events.lag === 0;
  });

it('orders-stream writes each order once, cleaned', async () => {
  const server = await serve('orders-stream', 'orders-stream');
  const lines = (await readFile(join(EXAMPLES, 'orders-stream/orders.ndjson'), 'utf8')).trimEnd().split('\n');
  expect((await send(server, 'orders-stream', lines)).status).toBe(200);
  // One key came twice.
  await settled(server, 'orders-stream', 5);
  const text = await readFile(join(server.dataDir, 'files/lake/orders.ndjson'), 'utf8');
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  // The test order is filtered out, and the payment of order 1042 has the same amount.
  expect(rows.map((row) => row['order_id'])).toEqual(['ord_1042', 'ord_1043', 'ord_1044']);
  expect(rows[0]).toMatchObject({
    amount: 4999,
    amount_major: 49.99,
    email: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    event_id: expect.stringMatching(/^ev_/) as string,
    event_type: 'order.created',
    received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
  });
  const refused = await send(server, 'orders-stream', [
    '{"event_type": "order.created", "payload": {"orderId": "ord_1", "amount": -1, "currency": "usd"}}',
  ]);
  expect(refused.status).toBe(422);
  expect(JSON.stringify(await refused.json())).toContain('/amount');
});

it('webhook-to-postgres keeps one row for each issue, from signed requests only', async () => {
  const postgres = await startPostgres();
  undo.push(() => postgres.stop());
  const database = await postgres.database();
  const secret = 'a-long-random-text';
  const server = await serve('webhook-to-postgres', 'issues', {
    WAREHOUSE_URL: postgres.url(database),
    GITHUB_WEBHOOK_SECRET: secret,
  });
  const deliver = (id: string, type: string, issue: Record<string, unknown>, key = secret): Promise<Response> => {
    const body = JSON.stringify({ action: 'edited', issue, repository: { full_name: 'acme/shop' } });
    return fetch(`${server.url}/v1/hooks/issues`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': type,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      },
      body,
    });
  };
  const issue = { number: 7, title: 'It is broken', state: 'open', updated_at: '2026-01-31T10:00:00Z' };
  expect((await deliver('d-1', 'issues', issue)).status).toBe(200);
  expect((await deliver('d-1', 'issues', issue)).status).toBe(200);
  expect((await deliver('d-2', 'push', issue)).status).toBe(200);
  expect((await deliver('d-3', 'issues', { ...issue, state: 'closed' })).status).toBe(200);
  expect((await deliver('d-4', 'issues', { ...issue, state: 'forged' }, 'another-secret')).status).toBe(401);
  await settled(server, 'issues', 3);
  const client = await postgres.client(database);
  const { rows } = await client.query('SELECT repository, number::int, title, state FROM issues');
  await client.end();
  expect(rows).toEqual([{ repository: 'acme/shop', number: 7, title: 'It is broken', state: 'closed' }]);
});

it('fan-out brings every event to three destinations, and the worst of them decides', async () => {
  const secret = 'a-long-random-text';
  const receiver = await startReceiver(secret);
  undo.push(() => receiver.close());
  const server = await serve('fan-out', 'signups', { MAILING_URL: receiver.url, MAILING_SECRET: secret });
  const users = ['ann@example.com', 'bob@invalid.example', 'cem@example.com'].map((email, index) => ({
    event_type: 'user.created',
    payload: { id: index + 1, email, name: { first: email.slice(0, 3) }, password: 'hunter2' },
  }));
  const answer = await send(
    server,
    'signups',
    users.map((user) => JSON.stringify(user)),
  );
  expect(answer.status).toBe(200);
  await settled(server, 'signups', 3);

  expect(receiver.taken.map((user) => String(user['email'])).sort()).toEqual(['ann@example.com', 'cem@example.com']);
  expect(receiver.taken[0]).toEqual({
    id: expect.any(Number) as number,
    email: expect.any(String) as string,
    name_first: expect.any(String) as string,
  });
  const db = new DatabaseSync(join(server.dataDir, 'files/users.db'), { readOnly: true });
  expect(db.prepare('SELECT count(*) AS users FROM users').get()).toEqual({ users: 3 });
  db.close();
  const parquet = join(server.dataDir, 'files/lake/signups/*.parquet');
  const ids = await eventually('the Parquet file', () => parquetIds(parquet));
  expect(ids).toEqual([1, 2, 3]);

  const letters = await server.api('/v1/pipelines/signups/dead-letters');
  const { data } = (await letters.json()) as { data: { payload: { id: number }; error: { message: string } }[] };
  expect(data).toMatchObject([
    { status: 'failed', payload: { id: 2 }, error: { message: expect.stringContaining('400') as string } },
  ]);
});

/** Null while there is no file. */
async function parquetIds(glob: string): Promise<number[] | null> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`SELECT id::INTEGER FROM '${glob}' ORDER BY id`);
    return reader.getRows().map(([id]) => Number(id));
  } catch {
    return null;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
