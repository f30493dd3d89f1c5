import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../crds/index.ts';
import { createClient, type Answer, type Client } from '../testing/client.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { countOf, eventsOf, pipelineId, stream } from '../testing/stream.ts';

const SECRETS: Record<string, string> = { '${env:HOOK_SECRET}': 'It is a secret', '${var:other}': 'another secret' };
let t: TestApi;
let nobody: Client;
beforeAll(async () => {
  t = await startTestApi({
    limits: { bodyBytes: 10_000, eventsPerRequest: 100 },
    resolveReference: (text, variables) => {
      const value = variables['other'] === undefined ? SECRETS[text] : SECRETS['${var:other}'];
      return value === undefined ? Promise.reject(new Error('nobody knows')) : Promise.resolve(value);
    },
  });
  nobody = createClient(t.api.url, '');
  const hook = (name: string, settings: object, more: object = {}) =>
    stream(name, {}, { source: { connector: 'webhook', settings: { ...settings } }, ...more });
  const github = { signature: { github: { secret: '${env:HOOK_SECRET}' } } };
  await declare(
    t.resources,
    {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'github', namespace: 'default' },
      spec: { connector: 'webhook', settings: github },
    },
    hook('pushes', github),
    hook('open', { type: { value: 'ping' } }),
    stream('private', {}, { source: { connector: 'webhook', settings: {} } }, { namespace: 'team-x' }),
    hook('slow', github, { limits: { eventsPerSecond: 2 } }),
    hook('strict', { ...github, schema: { required: ['action'] } }),
    hook('lost', { signature: { github: { secret: '${env:NOT_SET}' } } }),
    hook('variable', { signature: { github: { secret: '${var:other}' } } }, { variables: { other: 'x' } }),
    stream('connected', {}, { source: { connection: 'github' } }),
    stream('orders'),
  );
});
afterAll(() => t.close());

const sign = (body: string, secret = 'It is a secret'): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function deliver(pipeline: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return nobody.call('POST', `/v1/hooks/${pipeline}`, {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': sign(body),
      ...headers,
    },
  });
}

test('a signed request makes an event, and the same delivery makes no second one', async () => {
  const headers = { 'x-github-delivery': 'd-1' };
  const body = '{"action": "opened",  "number": 12345678901234567890}';
  const answer = await deliver(pipelineId('pushes'), body, headers);
  expect(answer.body()).toMatchObject({ accepted: 1, rejected: 0, data: [{ event_type: 'push', status: 'accepted' }] });
  expect((await deliver('pushes', body, headers)).text).toBe(answer.text);
  expect(await eventsOf(t, 'pushes')).toMatchObject([
    { type: 'push', payload: { action: 'opened', number: 12345678901234567890n } },
  ]);
});

test.each(['connected', 'pushes'])('the secret of %s comes from its settings or its connection', async (name) => {
  expect((await deliver(name, '{"n": 1}')).status).toBe(200);
});

test('variables of the pipeline reach the secret', async () => {
  const body = '{"n": 1}';
  const headers = { 'x-hub-signature-256': sign(body, 'another secret') };
  expect((await deliver('variable', body, headers)).status).toBe(200);
});

test('without a signature in its settings it needs a token', async () => {
  expect((await deliver('open', '{}')).body()).toMatchObject({ status: 401, code: 'unauthorized' });
  const path = '/v1/hooks/open';
  expect((await (await t.as({ scopes: ['read'] })).post(path, {})).status).toBe(403);
  const elsewhere = await t.as({ scopes: ['ingest'], workspaces: ['elsewhere'] });
  expect((await elsewhere.post(path, {})).status).toBe(404);
  // By its id, too, and in the words that are said of one that does not exist: not even its workspace shows.
  const [hidden, unknown] = [pipelineId('private', 'team-x'), pipelineId('unknown', 'team-x')];
  const answers = [];
  for (const id of [hidden, unknown]) {
    const { status, text } = await elsewhere.post(`/v1/hooks/${id}`, {});
    answers.push([status, text.replaceAll(id, 'id').replace(/req_\w+/, 'req')]);
  }
  expect(answers[0]).toEqual(answers[1]);
  const answer = await (await t.as({ scopes: ['ingest'] })).post(path, { n: 1 });
  expect(answer.body()).toMatchObject({ accepted: 1, data: [{ event_type: 'ping' }] });
});

test.each([
  ['a wrong signature', 'pushes', '{}', { 'x-hub-signature-256': sign('{ }') }, 401, 'signature_invalid'],
  ['no body but a signature', 'pushes', '', {}, 400, 'invalid_request'],
  ['compressed', 'pushes', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
  ['no JSON', 'pushes', 'a=b', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['too large', 'pushes', `"${'x'.repeat(10_000)}"`, {}, 413, 'payload_too_large'],
  ['too many events', 'pushes', `[${'{},'.repeat(100)}{}]`, {}, 413, 'payload_too_large'],
  ['not as the schema asks', 'strict', '{}', {}, 422, 'event_refused'],
  ['a source that takes no webhooks', 'orders', '{}', {}, 404, 'not_found'],
  ['no such pipeline', 'none', '{}', {}, 404, 'not_found'],
] as const)('refused: %s', async (_what, name, body, headers, status, code) => {
  expect((await deliver(name, body, headers)).body()).toMatchObject({ status, code });
});

test('a secret that cannot be had: later, and nothing is said of why', async () => {
  const answer = await deliver('lost', '{}');
  expect(answer.body()).toMatchObject({ status: 503, detail: 'webhooks of this pipeline cannot be checked now' });
  expect(answer.headers.get('retry-after')).toBe('60');
});

test('the limit of the pipeline holds', async () => {
  const statuses = [];
  for (let n = 0; n < 3; n++) statuses.push((await deliver('slow', `{"n": ${n}}`)).status);
  expect(statuses).toEqual([200, 200, 429]);
  expect(await countOf(t, 'slow')).toBe(2);
});

test('who tries signatures is slowed down, for this pipeline alone', async () => {
  t.time.now += 10_000;
  const wrong = { 'x-hub-signature-256': sign('other') };
  const statuses = [];
  for (let n = 0; n < 12; n++) statuses.push((await deliver('pushes', '{}', wrong)).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  expect((await deliver('connected', '{}')).status).toBe(200);
  // Another sender behind the same address knows the secret.
  expect((await deliver('pushes', '{}')).status).toBe(200);
  t.time.now += 1000;
  expect((await deliver('pushes', '{}', wrong)).status).toBe(401);
});
