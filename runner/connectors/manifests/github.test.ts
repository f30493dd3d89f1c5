import { expect, test } from 'vitest';
import type { Behaviour } from '../../../test/servers/http.ts';
import { inTurn, json, text } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, read, load, stream, check } = subject('github');
const SETTINGS = { token: 'ghp_hush', owner: 'octocat', repo: 'hello-world' };
const REPO = '/repos/octocat/hello-world';
const ISSUES = `${REPO}/issues`;

const issue = (number: number, updated_at: string) => ({
  id: 1000 + number,
  number,
  title: `Issue ${number}`,
  updated_at,
});

/** Two pages, linked as GitHub links them. */
const paged: Behaviour = (request, response) => {
  const second = request.query.get('page') === '2';
  const link = `<${server().url}${ISSUES}?state=all&page=${second ? 1 : 2}>; rel="${second ? 'prev' : 'next'}", <${server().url}${ISSUES}?page=2>; rel="last"`;
  return json([issue(second ? 2 : 1, second ? '2024-02-02T00:00:00Z' : '2024-02-01T00:00:00Z')], { link })(
    request,
    response,
  );
};

test('reads issues over the Link header, from the last change on', async () => {
  server().on(ISSUES, paged);
  const rows = await read('issues', SETTINGS, {
    incremental: { cursor: 'updated_at', initial: '2024-01-01T00:00:00Z' },
  });
  expect(rows.map(({ number }) => number)).toEqual([1, 2]);
  const [first] = asked(ISSUES);
  expect(Object.fromEntries(first!.query)).toEqual({
    state: 'all',
    sort: 'updated',
    direction: 'asc',
    per_page: '100',
    since: '2024-01-01T00:00:00.000Z',
  });
  expect(first!.headers).toMatchObject({
    authorization: 'Bearer ghp_hush',
    'x-github-api-version': '2022-11-28',
    accept: 'application/vnd.github+json',
  });
});

test('reads commits, with the time of the commit beside it; without a token what is public', async () => {
  const commit = {
    author: { name: 'Mona', date: 'x' },
    committer: { name: 'Mona', date: '2024-02-01T00:00:00Z' },
    message: 'm',
  };
  server().on(`${REPO}/commits`, json([{ sha: '6dcb09b', commit, html_url: 'https://github.com/x' }]));
  const rows = await read('commits', { owner: 'octocat', repo: 'hello-world' });
  expect(rows).toMatchObject([{ sha: '6dcb09b', author: 'Mona', message: 'm' }]);
  expect(asked(`${REPO}/commits`)[0]!.headers).not.toHaveProperty('authorization');
});

test.each([
  [
    'the primary limit',
    403,
    () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 1) }),
  ],
  ['a secondary limit', 429, () => ({ 'retry-after': '1' })],
])('%s is waited for', async (_name, status, headers) => {
  let refusedAt = 0;
  server().on(
    `${REPO}/pulls`,
    inTurn(
      (request, response) => {
        refusedAt = request.at;
        return json({ message: 'API rate limit exceeded' }, headers(), status)(request, response);
      },
      json([issue(1, 'x')]),
    ),
  );
  expect(await read('pulls', SETTINGS)).toHaveLength(1);
  expect(asked(`${REPO}/pulls`)[1]!.at - refusedAt).toBeGreaterThan(500);
});

test('nothing is asked while nothing is left, though the answer was good', async () => {
  let pages = 0;
  server().on(ISSUES, (request, response) => {
    pages += 1;
    response.setHeader('x-ratelimit-remaining', pages === 1 ? '0' : '10');
    response.setHeader('x-ratelimit-reset', String(Math.ceil(Date.now() / 1000) + 1));
    void paged(request, response);
  });
  expect(await read('issues', SETTINGS)).toHaveLength(2);
  const [first, second] = asked(ISSUES);
  expect(second!.at - first!.at).toBeGreaterThan(500);
});

test('what the token may not see fails at once, in the words of the API', async () => {
  server().on(ISSUES, json({ message: 'Resource not accessible by personal access token' }, {}, 403));
  await expect(read('issues', SETTINGS)).rejects.toThrow('Resource not accessible by personal access token');
  expect(asked(ISSUES)).toHaveLength(1);
});

test('opens issues from a batch, and dispatches events from a stream', async () => {
  server().on(ISSUES, json({ number: 3 }, {}, 201));
  await load('create-issue', SETTINGS, [{ title: 'Broken', body: 'It is', labels: ['bug'] }]);
  expect(JSON.parse(asked(ISSUES)[0]!.body)).toEqual({ title: 'Broken', body: 'It is', labels: ['bug'] });
  server().on(`${REPO}/dispatches`, text('', {}, 204));
  const result = await stream('dispatch', SETTINGS, [event('ev_1', { id: 7 }, { type: 'order.created' })]);
  expect(result.failed).toEqual([]);
  expect(JSON.parse(asked(`${REPO}/dispatches`)[0]!.body)).toEqual({
    event_type: 'order.created',
    client_payload: { record: { id: 7 } },
  });
});

test('an issue that is not valid is refused, and a limit makes a stream wait', async () => {
  server().on(ISSUES, json({ message: 'Validation Failed' }, {}, 422));
  const result = await stream('create-issue', SETTINGS, [event('ev_1', {})]);
  expect(result.failed[0]!.reason).toContain('Validation Failed');
  server().on(ISSUES, json({ message: 'You have exceeded a secondary rate limit.' }, {}, 403));
  await expect(stream('create-issue', SETTINGS, [event('ev_2', { title: 'x' })])).rejects.toMatchObject({
    code: 'destination_unreachable',
    retryable: true,
    retryAfter: 60,
  });
});

test('the check asks for the repository', async () => {
  server().on(REPO, json({ full_name: 'octocat/hello-world' }));
  expect(await check(SETTINGS)).toMatchObject({ ok: true });
  expect(await check({ ...SETTINGS, repo: 'gone' })).toMatchObject({ ok: false });
});
