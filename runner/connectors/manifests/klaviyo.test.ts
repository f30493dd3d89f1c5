import { expect, test } from 'vitest';
import { inTurn, json, text } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, read, load, stream, check } = subject('klaviyo');
const SETTINGS = { apiKey: 'pk_hush' };

const profile = (id: string, updated: string) => ({
  type: 'profile',
  id,
  attributes: { email: `${id}@example.com`, updated, properties: { plan: 'pro' } },
  links: { self: `https://a.klaviyo.com/api/profiles/${id}/` },
});

test('reads profiles over the links of JSON:API, with key and revision, from the last change on', async () => {
  server().on('/profiles', (request, response) => {
    const next = `${server().url}/profiles?page%5Bcursor%5D=bmV4dA`;
    const last = request.query.has('page[cursor]');
    return json({
      data: last ? [profile('02', '2024-02-02T00:00:00+00:00')] : [profile('01', '2024-02-01T12:00:00+00:00')],
      links: { self: 'x', first: 'y', last: 'z', prev: null, next: last ? null : next },
    })(request, response);
  });
  const rows = await read('profiles', SETTINGS, {
    incremental: { cursor: 'updated', initial: '2024-02-01T00:00:00Z' },
  });
  expect(rows.map(({ id, email }) => [id, email])).toEqual([
    ['01', '01@example.com'],
    ['02', '02@example.com'],
  ]);
  const [first, second] = asked('/profiles');
  expect(first!.headers).toMatchObject({ authorization: 'Klaviyo-API-Key pk_hush', revision: '2025-07-15' });
  expect(Object.fromEntries(first!.query)).toEqual({
    sort: 'updated',
    'page[size]': '100',
    filter: 'greater-than(updated,2024-02-01T00:00:00.000Z)',
  });
  expect(second!.target).toBe('/profiles?page%5Bcursor%5D=bmV4dA');
  expect(second!.headers['authorization']).toBe('Klaviyo-API-Key pk_hush');
});

test('reads events and lists', async () => {
  const item = { type: 'event', id: 'e1', attributes: { datetime: '2024-02-01T00:00:00+00:00', event_properties: {} } };
  server().on('/events', json({ data: [item], links: { next: null } }));
  server().on(
    '/lists',
    json({ data: [{ type: 'list', id: 'L1', attributes: { name: 'All' } }], links: { next: null } }),
  );
  expect(await read('events', SETTINGS)).toMatchObject([{ id: 'e1', attributes: {} }]);
  expect(asked('/events')[0]!.query.has('filter')).toBe(false);
  expect(await read('lists', SETTINGS)).toMatchObject([{ id: 'L1', name: 'All' }]);
});

test('an event becomes an event of its profile, once', async () => {
  server().on('/events', text('', {}, 202));
  const result = await stream(undefined, SETTINGS, [event('ev_1', { email: 'a@example.com', total: 12.5 })]);
  expect(result).toMatchObject({ failed: [], response: '202' });
  const [sent] = asked('/events');
  expect(sent!.headers).toMatchObject({ 'content-type': 'application/vnd.api+json' });
  expect(JSON.parse(sent!.body)).toEqual({
    data: {
      type: 'event',
      attributes: {
        properties: { email: 'a@example.com', total: 12.5 },
        metric: { data: { type: 'metric', attributes: { name: 'order.created' } } },
        profile: { data: { type: 'profile', attributes: { email: 'a@example.com' } } },
        unique_id: 'ev_1',
        time: '2023-11-14T22:13:20.000Z',
      },
    },
  });
});

test('the type of an event decides which action it is for', async () => {
  server().on('/profile-import', json({ data: { type: 'profile', id: '01' } }, {}, 201));
  await stream(undefined, SETTINGS, [event('ev_1', { email: 'a@example.com' }, { type: 'customer.created' })]);
  expect(JSON.parse(asked('/profile-import')[0]!.body)).toEqual({
    data: { type: 'profile', attributes: { email: 'a@example.com' } },
  });
});

test('a batch pipeline creates profiles; one that exists is refused with the words of the API, after a limit that passes', async () => {
  const error = (status: number, detail: string) =>
    json({ errors: [{ status, code: 'x', detail }] }, { 'retry-after': '1' }, status);
  server().on(
    '/profiles',
    inTurn(error(429, 'Request was throttled.'), json({ data: {} }, {}, 201), error(409, 'A profile already exists.')),
  );
  await expect(
    load('create-profile', SETTINGS, [{ email: 'a@example.com' }, { email: 'b@example.com' }]),
  ).rejects.toThrow('A profile already exists.');
  const [limited, again] = asked('/profiles');
  expect(again!.at - limited!.at).toBeGreaterThanOrEqual(950);
});

test('the check asks for the account', async () => {
  server().on('/accounts', json({ data: [] }));
  expect(await check(SETTINGS)).toMatchObject({ ok: true });
});

test('waits as long as the API says once the window has nothing left', async () => {
  const left = { 'ratelimit-limit': '3500', 'ratelimit-remaining': '0', 'ratelimit-reset': '1' };
  const next = `${server().url}/lists?page%5Bcursor%5D=x`;
  const page = (link: string | null) => ({ data: [{ type: 'list', id: 'L' }], links: { next: link } });
  server().on('/lists', inTurn(json(page(next), left), json(page(null))));
  expect(await read('lists', SETTINGS)).toHaveLength(2);
  const [first, second] = asked('/lists');
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(950);
});
