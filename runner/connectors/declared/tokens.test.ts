import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { inTurn, json, text } from '../../../test/servers/http-behaviours.ts';
import { createClient, type HttpClient } from '../http/client.ts';
import type { TokenGrant } from './auth.ts';
import { AccessTokens } from './tokens.ts';

let server: TestHttpServer;
let client: HttpClient;
let now = 0;
const never = new AbortController().signal;
beforeEach(async () => {
  now = 0;
  server = await startHttpServer();
  const policy = { allow: ['127.0.0.0/8'] };
  client = await createClient({ policy, connectTimeout: 1000, idleTimeout: 1000, failure: 'source_failed' });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

function tokens(more: Partial<TokenGrant> = {}): AccessTokens {
  const grant = { tokenUrl: `${server.url}/token`, clientId: 'c:1', clientSecret: 's&2', params: {}, ...more };
  const signal = new AbortController().signal;
  return new AccessTokens({
    grant: { clientAuth: 'body', ...grant },
    client,
    failure: 'source_failed',
    signal,
    now: () => now,
  });
}

/** `t1`, `t2` and so on, each alive for so many seconds. */
function counting(expires_in?: unknown) {
  let count = 0;
  server.on('/token', (request, response) => json({ access_token: `t${++count}`, expires_in })(request, response));
}

test('is asked for once, however many want it at the same time', async () => {
  counting(3600);
  const held = tokens();
  expect(await Promise.all(Array.from({ length: 20 }, () => held.current(never)))).toEqual(Array(20).fill('t1'));
  expect(server.requests).toHaveLength(1);
});

test('is renewed a minute before it ends, and one that lives shortly a tenth of its life before', async () => {
  counting('3600');
  const held = tokens();
  await held.current(never);
  now = 3_539_000;
  expect(await held.current(never)).toBe('t1');
  now = 3_541_000;
  expect(await held.current(never)).toBe('t2');
  counting(10);
  const short = tokens();
  await short.current(never);
  now += 8900;
  expect(await short.current(never)).toBe('t1');
  now += 200;
  expect(await short.current(never)).toBe('t2');
});

test('is renewed when it is refused, but not when it was renewed meanwhile', async () => {
  counting();
  const held = tokens();
  expect(await held.current(never)).toBe('t1');
  held.refused('t1');
  expect(await held.current(never)).toBe('t2');
  held.refused('t1');
  expect(await held.current(never)).toBe('t2');
});

test('a new refresh token takes the place of the old one', async () => {
  server.on('/token', inTurn(json({ access_token: 'a', refresh_token: 'r2' }), json({ access_token: 'b' })));
  const held = tokens({ refreshToken: 'r1' });
  await held.current(never);
  held.refused('a');
  await held.current(never);
  const sent = server.requests.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
  expect(sent).toEqual(['r1', 'r2']);
});

test('the client proves itself in the form, or with HTTP Basic and both parts encoded', async () => {
  counting();
  await tokens({ scope: 'a b', params: { audience: 'x' } }).current(never);
  await tokens({ clientAuth: 'basic' }).current(never);
  const [form, basic] = server.requests;
  expect(Object.fromEntries(new URLSearchParams(form!.body))).toEqual({
    grant_type: 'client_credentials',
    scope: 'a b',
    audience: 'x',
    client_id: 'c:1',
    client_secret: 's&2',
  });
  expect(Buffer.from(basic!.headers.authorization!.slice(6), 'base64').toString()).toBe('c%3A1:s%262');
  expect(basic!.body).toBe('grant_type=client_credentials');
});

test.each([
  ['a refusal', json({ error: 'invalid_client', error_description: 'hush' }, {}, 401), 'invalid_settings', false],
  ['trouble', text('oops', { 'retry-after': '7' }, 503), 'source_failed', true],
  ['a page for people', text('<html>'), 'invalid_settings', false],
])('%s is said without what the server says of it', async (_what, behaviour, code, retryable) => {
  server.on('/token', behaviour);
  const error = await tokens()
    .current(never)
    .catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ code, retryable });
  expect((error as Error).message).not.toContain('hush');
});

test('a failure is forgotten: who asks next asks again', async () => {
  server.on('/token', inTurn(text('', {}, 503), json({ access_token: 't' })));
  const held = tokens();
  await expect(held.current(never)).rejects.toThrow('503');
  expect(await held.current(never)).toBe('t');
});

test('who gives up waits no longer, and the others get their token', async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  server.on('/token', async (request, response) => {
    asked.resolve();
    await answered.promise;
    return json({ access_token: 't' })(request, response);
  });
  const held = tokens();
  const abort = new AbortController();
  const [one, other] = [held.current(abort.signal), held.current(never)];
  await asked.promise;
  abort.abort(new Error('enough'));
  await expect(one).rejects.toThrow('enough');
  answered.resolve();
  expect(await other).toBe('t');
  expect(server.requests).toHaveLength(1);
});
