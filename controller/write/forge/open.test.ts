import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import type { RepositorySpec } from '../../../crds/index.ts';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { openPullRequest, type OpenPullRequest } from './open.ts';

const TOKEN = 'planted-token-4711';
let server: TestHttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.close());

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
};

const open = (
  pullRequests: NonNullable<RepositorySpec['pullRequests']>,
  path = 'acme/pipelines.git',
  options: Partial<OpenPullRequest> = {},
): ReturnType<typeof openPullRequest> =>
  openPullRequest({
    spec: {
      url: `${server.url}/${path}`,
      branch: 'main',
      credentials: { password: '${env:GIT_TOKEN}' },
      pullRequests,
    },
    branch: 'headgate/orders-1',
    title: 'Update pipeline orders',
    body: 'Request-Id: r1',
    resolveReference: (text) => Promise.resolve(text === '${env:GIT_TOKEN}' ? TOKEN : 'another'),
    allowNetworks: [],
    insecure: true,
    signal: new AbortController().signal,
    ...options,
  });

const sent = (index: number): unknown => JSON.parse(server.requests[index]!.body);

describe('GitHub', () => {
  const PULLS = '/api/v3/repos/acme/pipelines/pulls';
  const pull = {
    number: 1347,
    html_url: 'https://github.com/acme/pipelines/pull/1347',
    head: { ref: 'headgate/orders-1' },
  };

  it('opens a pull request and puts labels on it', async () => {
    server.on(PULLS, (_, response) => json(response, 201, pull));
    server.on('/api/v3/repos/acme/pipelines/issues/1347/labels', (_, response) => json(response, 200, [{ name: 'a' }]));
    const opened = await open({ provider: 'github', labels: ['a', 'data'], draft: true });
    expect(opened).toEqual({ url: pull.html_url, number: 1347, existed: false });
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `POST ${PULLS}`,
      'POST /api/v3/repos/acme/pipelines/issues/1347/labels',
    ]);
    expect(sent(0)).toEqual({
      title: 'Update pipeline orders',
      head: 'headgate/orders-1',
      base: 'main',
      body: 'Request-Id: r1',
      draft: true,
    });
    expect(sent(1)).toEqual({ labels: ['a', 'data'] });
    expect(server.requests[0]!.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'content-type': 'application/json',
    });
  });

  const exists = {
    message: 'Validation Failed',
    errors: [
      {
        resource: 'PullRequest',
        code: 'custom',
        message: 'A pull request already exists for acme:headgate/orders-1.',
      },
    ],
    documentation_url: 'https://docs.github.com/rest/pulls/pulls#create-a-pull-request',
    status: '422',
  };

  it('answers the one that is open already', async () => {
    server.on(PULLS, ({ method }, response) =>
      method === 'POST' ? json(response, 422, exists) : json(response, 200, [pull]),
    );
    expect(await open({ provider: 'github', labels: ['a'] })).toEqual({
      url: pull.html_url,
      number: 1347,
      existed: true,
    });
    expect(server.requests[1]!.query.get('head')).toBe('acme:headgate/orders-1');
    expect(server.requests[1]!.query.get('base')).toBe('main');
    expect(server.requests[1]!.query.get('state')).toBe('open');
  });

  it('says so when it is refused for another reason', async () => {
    server.on(PULLS, ({ method }, response) =>
      method === 'POST' ? json(response, 422, exists) : json(response, 200, []),
    );
    await expect(open({ provider: 'github' })).rejects.toMatchObject({ code: 'pull_request_failed', retryable: false });
  });

  it('waits as long as the forge asks, when that is short', async () => {
    let asked = 0;
    server.on(PULLS, (_, response) => {
      asked += 1;
      if (asked === 1)
        json(response, 403, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '1' });
      else json(response, 201, pull);
    });
    expect(await open({ provider: 'github' })).toMatchObject({ number: 1347 });
    expect(server.requests[1]!.at - server.requests[0]!.at).toBeGreaterThan(900);
  });

  it('tells how long to wait when that is long', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 1800);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    server.on(PULLS, (_, response) => json(response, 403, { message: 'API rate limit exceeded' }, headers));
    const error = await open({ provider: 'github' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'pull_request_failed', retryable: true });
    expect((error as { retryAfter: number }).retryAfter).toBeGreaterThan(1700);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' }, /token/],
    [403, { message: 'Resource not accessible by personal access token', status: '403' }, /permission/],
    [404, { message: 'Not Found', status: '404' }, /may not see it/],
    [502, 'a page of a proxy', undefined],
  ])('explains %s without repeating the answer or the token', async (status, body, hint) => {
    server.on(PULLS, (_, response) => json(response, status, body));
    const error = (await open({ provider: 'github' }).catch((reason: unknown) => reason)) as Error & { hint?: string };
    expect(error).toMatchObject({ code: 'pull_request_failed', retryable: status >= 500 });
    expect(error.message).toContain(String(status));
    if (hint !== undefined) expect(error.hint).toMatch(hint);
    const shown = `${error.message} ${error.hint ?? ''}`;
    expect(shown).not.toContain(typeof body === 'string' ? body : body.message);
    expect(shown).not.toContain(TOKEN);
  });

  it('follows no redirect, so that the token stays where it is', async () => {
    server.on(PULLS, (_, response) => json(response, 307, {}, { location: `${server.url}/elsewhere` }));
    await expect(open({ provider: 'github' })).rejects.toThrow(/redirect/);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['no JSON', '<html>'],
    ['no web address', JSON.stringify({ number: 1, html_url: 'javascript:alert(1)' })],
    ['nothing', ''],
    ['more than is read', `[${'1,'.repeat(3_000_000)}1]`],
  ])('refuses an answer that is %s', async (_, text) => {
    server.on(PULLS, (_request, response) => void response.writeHead(201).end(text));
    await expect(open({ provider: 'github' })).rejects.toMatchObject({ code: 'pull_request_failed' });
  });

  it('opens it all the same when labels are refused', async () => {
    server.on(PULLS, (_, response) => json(response, 201, pull));
    const opened = await open({ provider: 'github', labels: ['a'] });
    expect(opened).toMatchObject({ number: 1347, warning: expect.stringContaining('404') as string });
  });
});

describe('GitLab', () => {
  const REQUESTS = '/api/v4/projects/acme%2Fdata%2Fpipelines/merge_requests';
  const merge = { id: 1, iid: 14, web_url: 'https://gitlab.example.com/acme/data/pipelines/-/merge_requests/14' };

  it('opens a merge request in a project of nested groups', async () => {
    server.on(REQUESTS, (_, response) => json(response, 201, merge));
    const opened = await open({ provider: 'gitlab', labels: ['a', 'b'], draft: true }, 'acme/data/pipelines.git');
    expect(opened).toEqual({ url: merge.web_url, number: 14, existed: false });
    expect(sent(0)).toEqual({
      source_branch: 'headgate/orders-1',
      target_branch: 'main',
      title: 'Draft: Update pipeline orders',
      description: 'Request-Id: r1',
      remove_source_branch: true,
      labels: 'a,b',
    });
    expect(server.requests[0]!.headers['authorization']).toBe(`Bearer ${TOKEN}`);
  });

  it('answers the one that is open already', async () => {
    const taken = { message: ['Another open merge request already exists for this source branch: !14'] };
    server.on(REQUESTS, ({ method }, response) =>
      method === 'POST' ? json(response, 409, taken) : json(response, 200, [merge]),
    );
    const opened = await open({ provider: 'gitlab' }, 'acme/data/pipelines.git');
    expect(opened).toEqual({ url: merge.web_url, number: 14, existed: true });
    expect(Object.fromEntries(server.requests[1]!.query)).toEqual({
      state: 'opened',
      source_branch: 'headgate/orders-1',
      target_branch: 'main',
    });
  });
});

describe('Gitea', () => {
  const PULLS = '/api/v1/repos/acme/pipelines/pulls';
  const pull = {
    number: 7,
    html_url: 'https://gitea.example.com/acme/pipelines/pulls/7',
    head: { ref: 'headgate/orders-1', label: 'headgate/orders-1' },
    base: { ref: 'main' },
  };
  const paged = (all: unknown[]) => (request: { query: URLSearchParams }, response: ServerResponse) =>
    json(response, 200, request.query.get('page') === '1' ? all : []);

  it('opens a pull request with labels by their ids', async () => {
    server.on(PULLS, (_, response) => json(response, 201, pull));
    server.on(
      '/api/v1/repos/acme/pipelines/labels',
      paged([
        { id: 3, name: 'data' },
        { id: 4, name: 'other' },
      ]),
    );
    server.on('/api/v1/repos/acme/pipelines/issues/7/labels', (_, response) => json(response, 200, [{ id: 3 }]));
    const opened = await open({ provider: 'gitea', labels: ['data', 'unknown'], draft: true });
    expect(opened).toEqual({ url: pull.html_url, number: 7, existed: false });
    expect(sent(0)).toEqual({
      head: 'headgate/orders-1',
      base: 'main',
      body: 'Request-Id: r1',
      title: 'WIP: Update pipeline orders',
    });
    expect(server.requests[0]!.headers['authorization']).toBe(`token ${TOKEN}`);
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({ labels: [3] });
  });

  it('answers the one that is open already', async () => {
    const taken = {
      message: 'pull request already exists for these targets [id: 1, issue_id: 2]',
      url: 'https://x/api/swagger',
    };
    const other = { ...pull, number: 6, base: { ref: 'dev' } };
    server.on(PULLS, (request, response) =>
      request.method === 'POST' ? json(response, 409, taken) : paged([other, pull])(request, response),
    );
    expect(await open({ provider: 'gitea' })).toEqual({ url: pull.html_url, number: 7, existed: true });
  });
});

describe('openPullRequest', () => {
  it('answers nothing where the forge is not known', async () => {
    expect(await open({})).toBeNull();
  });
  it('uses the token of its own', async () => {
    server.on('/api/v1/repos/acme/pipelines/pulls', (_, response) =>
      json(response, 201, { number: 1, html_url: 'https://a.b/1' }),
    );
    await open({ provider: 'gitea', token: '${secret:forge/token}' });
    expect(server.requests[0]!.headers['authorization']).toBe('token another');
  });
  it.each([['two\nlines'], [''], ['pässword']])('refuses %j for a token', async (token) => {
    const resolveReference = (): Promise<string> => Promise.resolve(token);
    await expect(open({ provider: 'gitea' }, undefined, { resolveReference })).rejects.toMatchObject({
      code: 'reference_not_found',
    });
  });
  it('refuses an API at another private host, unless the operator allows it', async () => {
    const api = `http://localhost:${server.port}/api/v1`;
    await expect(open({ provider: 'gitea', api })).rejects.toMatchObject({ code: 'address_refused' });
    server.on('/api/v1/repos/acme/pipelines/pulls', (_, response) =>
      json(response, 201, { number: 1, html_url: 'https://a.b/1' }),
    );
    const allowNetworks = ['127.0.0.0/8', '::1'];
    expect(await open({ provider: 'gitea', api }, undefined, { allowNetworks })).toMatchObject({ number: 1 });
  });
  it('refuses http unless the installation allows it', async () => {
    await expect(open({ provider: 'gitea' }, undefined, { insecure: false })).rejects.toThrow(/https/);
    expect(server.requests).toHaveLength(0);
  });
  it('says that the forge cannot be reached', async () => {
    const { port } = server;
    await server.close();
    await expect(open({ provider: 'gitea', api: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'pull_request_failed',
      retryable: true,
    });
    server = await startHttpServer();
  });
  it('ends when the caller does', async () => {
    const controller = new AbortController();
    server.on('/api/v1/repos/acme/pipelines/pulls', () => controller.abort());
    await expect(open({ provider: 'gitea' }, undefined, { signal: controller.signal })).rejects.toThrow();
  });
});
