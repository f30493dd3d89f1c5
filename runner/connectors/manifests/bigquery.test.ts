import { expect, test } from 'vitest';
import { inTurn, json } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, load, stream, check } = subject('bigquery');
const SETTINGS = { project_id: 'my-project', dataset: 'raw_data', table: 'contacts', accessToken: 'ya29.hush' };
const DATASET = '/projects/my-project/datasets/raw_data';
const INSERT = `${DATASET}/tables/contacts/insertAll`;
const fine = { kind: 'bigquery#tableDataInsertAllResponse' };
const body = (index: number) =>
  JSON.parse(asked(INSERT)[index]!.body) as { rows: { insertId: string; json: object }[] };

test('inserts the rows of a batch, 500 a request', async () => {
  server().on(INSERT, json(fine));
  const rows = Array.from({ length: 1100 }, (_, n) => ({ id: n, email: `${n}@example.com` }));
  await load(undefined, SETTINGS, rows);
  expect(asked(INSERT).map((_, index) => body(index).rows.length)).toEqual([500, 500, 100]);
  expect(body(0)).toMatchObject({ skipInvalidRows: true, ignoreUnknownValues: false });
  expect(body(0).rows[0]!.json).toEqual({ id: 0, email: '0@example.com' });
  expect(asked(INSERT)[0]!.headers['authorization']).toBe('Bearer ya29.hush');
});

test('rows that are not valid are refused one by one, those that were stopped may be tried again', async () => {
  const insertErrors = [
    { index: 1, errors: [{ reason: 'invalid', location: 'age', message: 'no such field: age.' }] },
    { index: 2, errors: [{ reason: 'stopped', message: '' }] },
  ];
  server().on(INSERT, json({ ...fine, insertErrors }));
  const result = await stream(
    undefined,
    SETTINGS,
    [1, 2, 3].map((id) => event(`ev_${id}`, { id })),
  );
  expect(result.failed).toEqual([
    { index: 1, reason: 'no such field: age.', retryable: false },
    { index: 2, reason: 'stopped', retryable: true },
  ]);
  expect(body(0).rows.map(({ insertId }) => insertId)).toEqual(['ev_1', 'ev_2', 'ev_3']);
});

test('a batch pipeline tries the stopped rows again, and only them', async () => {
  const insertErrors = [{ index: 1, errors: [{ reason: 'stopped' }] }];
  server().on(INSERT, inTurn(json({ ...fine, insertErrors }), json(fine)));
  await load(undefined, SETTINGS, [{ id: 1 }, { id: 2 }]);
  expect(body(1).rows.map((row) => row.json)).toEqual([{ id: 2 }]);
});

test('a quota makes a stream wait, a table that is missing fails', async () => {
  const error = (code: number, reason: string) =>
    json({ error: { code, message: reason, errors: [{ reason }] } }, {}, code);
  server().on(INSERT, error(403, 'rateLimitExceeded'));
  await expect(stream(undefined, SETTINGS, [event('ev_1', {})])).rejects.toMatchObject({
    code: 'destination_unreachable',
    retryAfter: 10,
  });
  server().on(INSERT, error(404, 'notFound'));
  await expect(stream(undefined, SETTINGS, [event('ev_1', {})])).rejects.toMatchObject({
    code: 'destination_failed',
    retryable: false,
  });
});

test('an answer that says nothing understandable about its rows is no success', async () => {
  server().on(INSERT, json({ ...fine, insertErrors: [{ errors: [] }] }));
  await expect(stream(undefined, SETTINGS, [event('ev_1', {})])).rejects.toMatchObject({ code: 'destination_failed' });
});

test('signs in with a refresh token; one that is refused asks for a person', async () => {
  const { accessToken: _, ...rest } = SETTINGS;
  const oauth = { ...rest, clientId: 'c', clientSecret: 'hush', refreshToken: 'r', tokenUrl: `${server().url}/token` };
  server().on(
    '/token',
    inTurn(
      json({ access_token: 'a1', expires_in: 3599, token_type: 'Bearer' }),
      json({ error: 'invalid_grant' }, {}, 400),
    ),
  );
  server().on(INSERT, json(fine));
  await stream(undefined, oauth, [event('ev_1', {}), event('ev_2', {})]);
  expect(asked(INSERT)[0]!.headers['authorization']).toBe('Bearer a1');
  await expect(stream(undefined, oauth, [event('ev_3', {})])).rejects.toMatchObject({ code: 'invalid_settings' });
});

test('the check asks for the dataset', async () => {
  server().on(DATASET, json({ kind: 'bigquery#dataset' }));
  expect(await check(SETTINGS)).toMatchObject({ ok: true });
});
