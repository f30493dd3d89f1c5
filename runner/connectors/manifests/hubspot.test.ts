import { expect, test } from 'vitest';
import { inTurn, json, onlyIf } from '../../../test/servers/http-behaviours.ts';
import type { Behaviour } from '../../../test/servers/http.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, read, load, stream, check } = subject('hubspot');
const SETTINGS = { token: 'pat-na1-secret' };
const CONTACTS = '/crm/v3/objects/contacts';

const contact = (id: string, updatedAt: string) => ({
  id,
  properties: { email: `${id}@example.com`, lastmodifieddate: updatedAt },
  createdAt: '2024-01-01T00:00:00.000Z',
  updatedAt,
  archived: false,
});
const first = { results: [contact('1', '2024-02-01T00:00:00Z')], paging: { next: { after: '2', link: '?after=2' } } };
const second = { results: [contact('2', '2024-02-02T00:00:00Z')] };
const signedIn = (behaviour: Behaviour): Behaviour =>
  onlyIf(({ headers }) => headers.authorization === 'Bearer pat-na1-secret', behaviour);

test('reads all pages of the contacts', async () => {
  server().on(
    CONTACTS,
    signedIn((request, response) => json(request.query.get('after') === '2' ? second : first)(request, response)),
  );
  const rows = await read('contacts', { ...SETTINGS, properties: 'email' });
  expect(rows.map(({ id }) => id)).toEqual(['1', '2']);
  expect(rows[0]!['properties']).toMatchObject({ email: '1@example.com' });
  expect(asked(CONTACTS).map(({ query }) => Object.fromEntries(query))).toEqual([
    { properties: 'email', limit: '100' },
    { properties: 'email', limit: '100', after: '2' },
  ]);
});

test('waits as long as the interval says when nothing is left of the limit, and after 429', async () => {
  const limits = { 'x-hubspot-ratelimit-remaining': '0', 'x-hubspot-ratelimit-interval-milliseconds': '1000' };
  const limited = json(
    { status: 'error', errorType: 'RATE_LIMIT', message: 'You have reached your ten_secondly limit.' },
    limits,
    429,
  );
  server().on(CONTACTS, inTurn(limited, json(second)));
  expect(await read('contacts', SETTINGS)).toHaveLength(1);
  const [refused, again] = asked(CONTACTS);
  expect(again!.at - refused!.at).toBeGreaterThanOrEqual(950);
});

test('searches what changed since', async () => {
  const path = `${CONTACTS}/search`;
  server().on(path, json(second));
  await read('updated-contacts', SETTINGS, { incremental: { cursor: 'updatedAt', initial: '2024-02-01T00:00:00Z' } });
  expect(JSON.parse(asked(path)[0]!.body)).toEqual({
    filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: '1706745600000' }] }],
    sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
    properties: [],
    limit: 100,
  });
});

test('upserts contacts in batches, and takes the refused ones out of the answer', async () => {
  const path = `${CONTACTS}/batch/upsert`;
  const errors = [{ status: 'error', message: 'Email is invalid', context: { objectWriteTraceId: ['1', '2'] } }];
  server().on(path, json({ status: 'COMPLETE', results: [], numErrors: 1, errors }, {}, 207));
  const records = ['a@example.com', 'nonsense', 'none'].map((email, index) =>
    event(`ev_${index}`, { email }, { type: 'contact.created' }),
  );
  const result = await stream(undefined, SETTINGS, records);
  expect(result.failed).toEqual([1, 2].map((index) => ({ index, reason: 'Email is invalid', retryable: false })));
  expect(JSON.parse(asked(path)[0]!.body)).toEqual({
    inputs: [
      { idProperty: 'email', id: 'a@example.com', objectWriteTraceId: '0', properties: { email: 'a@example.com' } },
      { idProperty: 'email', id: 'nonsense', objectWriteTraceId: '1', properties: { email: 'nonsense' } },
      { idProperty: 'email', id: 'none', objectWriteTraceId: '2', properties: { email: 'none' } },
    ],
  });
});

test('a batch pipeline upserts 100 contacts a request', async () => {
  const path = `${CONTACTS}/batch/upsert`;
  server().on(path, json({ status: 'COMPLETE', results: [] }));
  const rows = Array.from({ length: 250 }, (_, n) => ({ email: `${n}@example.com` }));
  await load('upsert-contacts', SETTINGS, rows, { mode: 'upsert', key: ['email'] });
  expect(asked(path).map(({ body }) => (JSON.parse(body) as { inputs: unknown[] }).inputs.length)).toEqual([
    100, 100, 50,
  ]);
});

test('a contact that exists is refused with the reason of the API', async () => {
  const conflict = json(
    { status: 'error', message: 'Contact already exists. Existing ID: 51', category: 'CONFLICT' },
    {},
    409,
  );
  server().on(CONTACTS, conflict);
  const result = await stream('create-contact', SETTINGS, [event('ev_1', { email: 'a@example.com' })]);
  expect(result.failed[0]).toMatchObject({ index: 0, retryable: false });
  expect(result.failed[0]!.reason).toContain('409 (application/json): Contact already exists. Existing ID: 51');
});

test('signs in with OAuth: one token for all pages, and a new one when it is refused', async () => {
  let tokens = 0;
  server().on('/token', (request, response) =>
    json({ access_token: `t${++tokens}`, expires_in: 1800 })(request, response),
  );
  server().on(CONTACTS, (request, response) => {
    const page = request.query.get('after') === '2' ? second : first;
    const valid = request.headers.authorization === (request.query.get('after') === '2' ? 'Bearer t2' : 'Bearer t1');
    return valid
      ? json(page)(request, response)
      : json({ category: 'EXPIRED_AUTHENTICATION' }, {}, 401)(request, response);
  });
  const oauth = { clientId: 'c', clientSecret: 'hush', refreshToken: 'r', tokenUrl: `${server().url}/token` };
  expect(await read('contacts', oauth)).toHaveLength(2);
  expect(tokens).toBe(2);
  expect(Object.fromEntries(new URLSearchParams(asked('/token')[0]!.body))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'r',
    client_id: 'c',
    client_secret: 'hush',
  });
});

test('the check asks for one contact, and says what is wrong with a token', async () => {
  server().on(CONTACTS, signedIn(json(second)));
  expect(await check(SETTINGS)).toEqual({ ok: true, message: `${server().url}${CONTACTS} answered 200` });
  const wrong = await check({ token: 'no' });
  expect(wrong.ok).toBe(false);
  expect(wrong.message).toContain('answered 401');
});
