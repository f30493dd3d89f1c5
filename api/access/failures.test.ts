import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import { createClient, type Client } from '../testing/client.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { stream } from '../testing/stream.ts';

let t: TestApi;
afterEach(() => t.close());

const guess = (n: number): Client => createClient(t.api.url, `hg_test_guess${n}`);
const EVENT = { pipeline_id: 'clicks', event_type: 'a', payload: {} };

test('who tries tokens is told to wait, on every way in; a valid one from the same address goes on', async () => {
  const lines: string[] = [];
  t = await startTestApi({
    limits: { failuresPerAddress: 3 },
    log: createLogger({ level: 'warn', destination: { write: (line: string) => void lines.push(line) } }),
  });
  await declare(t.resources, stream('clicks'));
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) statuses.push((await guess(n).get('/v1/pipelines')).status);
  for (let n = 3; n < 6; n++) statuses.push((await guess(n).get('/v1/pipelines')).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
  const refused = await guess(9).post('/v1/events', EVENT);
  expect(refused.body()).toMatchObject({ status: 429, code: 'rate_limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(refused.text).not.toContain('guess9');

  const fresh = await t.as({});
  expect((await fresh.get('/v1/pipelines')).status).toBe(200);
  expect((await fresh.post('/v1/events', EVENT)).status).toBe(200);
  expect((await createClient(t.api.url, '').get('/v1/pipelines')).status).toBe(401);

  expect(lines.filter((line) => line.includes('too many failed authentications'))).toHaveLength(1);
  expect(lines.join('')).not.toContain('guess');
  const { text } = await t.client.get('/metrics');
  expect(text).toContain('headgate_auth_failures_total{reason="unknown"} 7');
  expect(text).toContain('headgate_auth_blocked_total{scope="address"} 4');
});

test('too many in all: tokens that nobody used lately are not even looked up, those in use go on', async () => {
  let lookups = 0;
  t = await startTestApi({
    limits: { failuresInAll: 5 },
    wrapStore: (store) => ({
      ...store,
      tokens: {
        ...store.tokens,
        findByHash: (hash) => {
          lookups++;
          return store.tokens.findByHash(hash);
        },
      },
    }),
  });
  expect((await t.client.get('/v1/pipelines')).status).toBe(200);
  for (let n = 0; n < 6; n++) await guess(n).get('/v1/pipelines');
  const before = lookups;
  const refused = await guess(7).get('/v1/pipelines');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(lookups).toBe(before);
  expect((await t.client.get('/v1/pipelines')).status).toBe(200);
});
