import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { API_VERSION, type RepositorySpec, type Resource } from '../../crds/index.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { resourceId } from '../../foundation/ids.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';

const SECRETS: Readonly<Record<string, string>> = {
  '${env:HOOK}': "It's a Secret to Everybody",
  '${secret:other/hook}': 'of another repository',
  '${env:EMPTY}': '',
};
const SECRET = SECRETS['${env:HOOK}']!;

const repository = (name: string, url: string, spec: Partial<RepositorySpec> = {}): Resource<'Repository'> => ({
  apiVersion: API_VERSION,
  kind: 'Repository',
  metadata: { name, namespace: 'default' },
  spec: { url, webhook: { secret: '${env:HOOK}' }, ...spec },
});
const id = (name: string): string => resourceId({ kind: 'Repository', namespace: 'default', name });

let t: TestApi;
let delivery = 0;
beforeAll(async () => {
  t = await startTestApi({
    limits: { pendingSyncs: 2 },
    resolveReference: (text) => {
      const secret = SECRETS[text];
      if (secret !== undefined) return Promise.resolve(secret);
      return Promise.reject(new HeadgateError('reference_not_found', 'there is none'));
    },
  });
  const HELLO = 'https://github.com/Codertocat/Hello-World.git';
  await declare(
    t.resources,
    repository('main', HELLO),
    repository('dev', 'git@github.com:codertocat/hello-world.git', { branch: 'dev' }),
    repository('suspended', HELLO, { suspend: true }),
    repository('elsewhere', HELLO, { environment: 'prod' }),
    { ...repository('without', HELLO), spec: { url: HELLO } },
    repository('empty', HELLO, { webhook: { secret: '${env:EMPTY}' } }),
    repository('broken', HELLO, { webhook: { secret: '${env:NONE}' } }),
    repository('other', 'https://github.com/codertocat/other', { webhook: { secret: '${secret:other/hook}' } }),
    repository('head', 'https://github.com/codertocat/head.git', { branch: 'HEAD' }),
    repository('gitlab', 'git@example.com:mike/diaspora.git'),
    repository('gitea', 'http://localhost:3000/gitea/webhooks'),
    repository('bitbucket', 'git@bitbucket.org:team_name/repo_name.git'),
    repository('stash', 'ssh://git@bitbucket.example.com:7999/proj/repository.git'),
  );
});
afterAll(() => t.close());
beforeEach(() => {
  t.controller.woken.length = 0;
});

const hmac = (body: string, secret = SECRET): string => createHmac('sha256', secret).update(body).digest('hex');

async function post(
  provider: string,
  payload: unknown,
  headers: Readonly<Record<string, string>>,
  prefix = '/v1',
): Promise<{ status: number; body: { code?: string } }> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(`${t.api.url}${prefix}/webhooks/${provider}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: (await response.json()) as { code?: string } };
}

/** Of https://docs.github.com/en/webhooks/webhook-events-and-payloads#push, shortened. */
const github = (ref = 'refs/heads/main'): Record<string, unknown> => ({
  ref,
  before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
  after: '0000000000000000000000000000000000000000',
  repository: {
    id: 186853002,
    name: 'Hello-World',
    full_name: 'Codertocat/Hello-World',
    html_url: 'https://github.com/Codertocat/Hello-World',
    ssh_url: 'git@github.com:Codertocat/Hello-World.git',
    clone_url: 'https://github.com/Codertocat/Hello-World.git',
    default_branch: 'master',
  },
  commits: [],
});
const asGithub = (payload: unknown, secret = SECRET): Record<string, string> => ({
  'x-github-event': 'push',
  'x-github-delivery': `72d3162e-cc78-11e3-81ab-${String((delivery += 1)).padStart(12, '0')}`,
  'x-hub-signature-256': `sha256=${hmac(typeof payload === 'string' ? payload : JSON.stringify(payload), secret)}`,
});

describe('GitHub', () => {
  test('a push asks for a sync of the repositories of its address and branch', async () => {
    const before = (await t.store.syncs.requests()).length;
    const answer = await post('github', github(), asGithub(github()));
    expect(answer).toEqual({ status: 202, body: { repositories: [id('main')], repeated: false } });
    const requests = await t.store.syncs.requests();
    expect(requests).toHaveLength(before + 1);
    expect(requests.at(-1)).toMatchObject({ repositoryId: id('main'), by: 'webhook of github', allowPrune: false });
    expect(t.controller.woken).toEqual(['Repository/default/main']);
  });

  test('another branch is that of another repository, and a tag of none', async () => {
    const dev = github('refs/heads/dev');
    expect((await post('github', dev, asGithub(dev))).body).toMatchObject({ repositories: [id('dev')] });
    for (const ref of ['refs/tags/main', 'refs/heads/feature/main', 'main']) {
      const other = github(ref);
      expect(await post('github', other, asGithub(other))).toEqual({
        status: 202,
        body: { repositories: [], repeated: false },
      });
    }
  });

  test('a repository that follows HEAD is fetched for any branch', async () => {
    const push = { ...github('refs/heads/x'), repository: { clone_url: 'https://github.com/codertocat/head' } };
    expect((await post('github', push, asGithub(push))).body).toMatchObject({ repositories: [id('head')] });
    const tag = { ...push, ref: 'refs/tags/x' };
    expect((await post('github', tag, asGithub(tag))).body).toMatchObject({ repositories: [] });
  });

  test('a ping is taken and does nothing', async () => {
    const ping = { zen: 'Design for failure.', hook_id: 1, repository: github()['repository'] };
    const answer = await post('github', ping, { ...asGithub(ping), 'x-github-event': 'ping' });
    expect(answer).toEqual({ status: 202, body: { repositories: [], repeated: false } });
  });

  test('the form that it proposes first', async () => {
    const form = new URLSearchParams({ payload: JSON.stringify(github()) }).toString();
    const headers = { ...asGithub(form), 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('github', form, headers)).body).toMatchObject({ repositories: [id('main')] });
  });

  test('a delivery that comes again does nothing again', async () => {
    const headers = asGithub(github());
    await post('github', github(), headers);
    t.controller.woken.length = 0;
    const again = await post('github', github(), headers);
    expect(again).toEqual({ status: 202, body: { repositories: [id('main')], repeated: true } });
    expect(t.controller.woken).toEqual([]);
  });

  test('what has no id is never taken for what came before: a script says the same of every push', async () => {
    const body = JSON.stringify({ repository: 'https://github.com/codertocat/hello-world', branch: 'main' });
    const send = () => post('generic', body, { 'x-headgate-token': SECRET });
    const fetched = { repositories: [id('main')], repeated: false };
    expect((await send()).body).toEqual(fetched);
    expect((await send()).body).toEqual(fetched);
    expect(t.controller.woken).toEqual(['Repository/default/main', 'Repository/default/main']);
  });

  test('a branch may be declared by its full name', async () => {
    const full = repository('full', 'https://github.com/codertocat/full', { branch: 'refs/heads/main' });
    await declare(t.resources, full);
    const push = { ...github(), repository: { clone_url: 'https://github.com/codertocat/full.git' } };
    expect((await post('github', push, asGithub(push))).body).toMatchObject({ repositories: [id('full')] });
  });

  test('requests that wait are bounded', async () => {
    for (let index = 0; index < 5; index += 1) {
      expect((await post('github', github(), asGithub(github()))).status).toBe(202);
    }
    const waiting = (await t.store.syncs.requests()).filter(({ repositoryId }) => repositoryId === id('main'));
    expect(waiting).toHaveLength(2);
  });

  test('the signature of the documentation', async () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const answer = await post('github', 'Hello, World!', { 'x-hub-signature-256': signature });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('who does not know a secret learns nothing', () => {
  const unknown = { ...github(), repository: { clone_url: 'https://github.com/none/such.git' } };
  test.each<[string, unknown, (payload: unknown) => Record<string, string>]>([
    ['a wrong secret', github(), (p) => asGithub(p, 'wrong')],
    ['an empty secret', github(), (p) => asGithub(p, '')],
    ['the secret of another repository signs for that one alone', unknown, (p) => asGithub(p, 'wrong')],
    ['no signature', github(), () => ({ 'x-github-event': 'push' })],
    [
      'half a signature',
      github(),
      (p) => ({ 'x-hub-signature-256': asGithub(p)['x-hub-signature-256']!.slice(0, 40) }),
    ],
    ['no hex', github(), () => ({ 'x-hub-signature-256': 'sha256=zz' })],
    [
      'another hash',
      github(),
      (p) => ({ 'x-hub-signature-256': asGithub(p)['x-hub-signature-256']!.replace('256', '1') }),
    ],
    ['another body', github(), () => asGithub(github('refs/heads/x'))],
    ['another form of header', github(), (p) => ({ 'x-hub-signature': asGithub(p)['x-hub-signature-256']! })],
    ['the token of another forge', github(), () => ({ 'x-gitlab-token': SECRET })],
    ['no JSON', '{', () => ({})],
    ['nothing', '', () => ({})],
  ])('%s', async (_, payload, headers) => {
    t.time.now += 1000;
    const answer = await post('github', payload, headers(payload));
    expect([answer.status, answer.body.code]).toEqual([401, 'signature_invalid']);
    expect(JSON.stringify(answer.body)).not.toContain('Hello');
    expect(t.controller.woken).toEqual([]);
  });

  test('a known secret with an unknown repository: nothing to do', async () => {
    const answer = await post('github', unknown, asGithub(unknown));
    expect(answer).toEqual({ status: 202, body: { repositories: [], repeated: false } });
    const others = asGithub(github(), SECRETS['${secret:other/hook}']);
    expect(await post('github', github(), others)).toEqual({
      status: 202,
      body: { repositories: [], repeated: false },
    });
  });

  test('who guesses is slowed down, and who signs is not', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 15 }, async () => (await post('github', github(), asGithub(github(), 'no'))).status),
    );
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await post('github', github(), asGithub(github()))).status).toBe(202);
  });

  test('too large, packed, and unknown forges', async () => {
    t.time.now += 1000;
    expect((await post('github', 'x'.repeat(1024 * 1024 + 1), {})).status).toBe(413);
    expect((await post('github', github(), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post('sourceforge', github(), {})).status).toBe(400);
  });
});

/** Of https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events, shortened. */
const gitlab = {
  object_kind: 'push',
  event_name: 'push',
  ref: 'refs/heads/main',
  project: {
    id: 15,
    web_url: 'http://example.com/mike/diaspora',
    git_ssh_url: 'git@example.com:mike/diaspora.git',
    git_http_url: 'http://example.com/mike/diaspora.git',
    path_with_namespace: 'mike/diaspora',
  },
};
/** Of https://docs.gitea.com/usage/webhooks, shortened. */
const gitea = {
  ref: 'refs/heads/main',
  before: '28e1879d029cb852e4844d9c718537df08844e03',
  repository: {
    id: 140,
    full_name: 'gitea/webhooks',
    html_url: 'http://localhost:3000/gitea/webhooks',
    ssh_url: 'ssh://gitea@localhost:2222/gitea/webhooks.git',
    clone_url: 'http://localhost:3000/gitea/webhooks.git',
  },
};
/** Of https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push, shortened. */
const bitbucket = {
  repository: {
    type: 'repository',
    full_name: 'team_name/repo_name',
    links: {
      self: { href: 'https://api.bitbucket.org/2.0/repositories/bitbucket/bitbucket' },
      html: { href: 'https://bitbucket.org/team_name/repo_name' },
    },
  },
  push: { changes: [{ new: { type: 'branch', name: 'main' }, old: { type: 'branch', name: 'main' } }] },
};
/** Of https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html, shortened. */
const stash = {
  eventKey: 'repo:refs_changed',
  repository: {
    slug: 'repository',
    project: { key: 'PROJ' },
    links: { self: [{ href: 'https://bitbucket.example.com/projects/PROJ/repos/repository/browse' }] },
  },
  changes: [{ ref: { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' }, type: 'UPDATE' }],
};

describe('the other forges', () => {
  test.each<[string, string, unknown, string, Record<string, string>, string]>([
    ['GitLab', 'gitlab', gitlab, 'x-gitlab-token', { 'x-gitlab-event': 'Push Hook' }, SECRET],
    ['Gitea', 'gitea', gitea, 'x-gitea-signature', { 'x-gitea-event': 'push' }, hmac(JSON.stringify(gitea))],
    [
      'Forgejo',
      'gitea',
      gitea,
      'x-forgejo-signature',
      { 'x-forgejo-event': 'push', 'x-forgejo-delivery': 'f1' },
      hmac(JSON.stringify(gitea)),
    ],
    [
      'Bitbucket',
      'bitbucket',
      bitbucket,
      'x-hub-signature',
      { 'x-event-key': 'repo:push' },
      `sha256=${hmac(JSON.stringify(bitbucket))}`,
    ],
    [
      'Data Center',
      'bitbucket',
      stash,
      'x-hub-signature',
      { 'x-event-key': 'repo:refs_changed' },
      `sha256=${hmac(JSON.stringify(stash))}`,
    ],
  ])('%s', async (name, provider, payload, field, headers, signature) => {
    t.time.now += 1000;
    const expected = name === 'Data Center' ? 'stash' : provider;
    expect((await post(provider, payload, { ...headers, [field]: `${signature.slice(0, -1)}~` })).status).toBe(401);
    expect((await post(provider, payload, headers)).status).toBe(401);
    const answer = await post(provider, payload, { ...headers, [field]: signature });
    expect(answer).toEqual({ status: 202, body: { repositories: [id(expected)], repeated: false } });
  });

  test('anything else, with a token, a signature, or both', async () => {
    t.time.now += 1000;
    const body = JSON.stringify({ repository: 'https://github.com/codertocat/hello-world', branch: 'main' });
    const signed = { 'x-headgate-signature': `sha256=${hmac(body)}` };
    const token = { 'x-headgate-token': SECRET };
    const send = async (headers: Record<string, string>): Promise<number> =>
      (await post('generic', body, { 'x-headgate-delivery': String((delivery += 1)), ...headers })).status;
    expect(await send(signed)).toBe(202);
    expect(await send(token)).toBe(202);
    expect(await send({ ...signed, ...token })).toBe(202);
    expect(await send({ ...signed, 'x-headgate-token': 'wrong' })).toBe(401);
    expect(await send({ ...token, 'x-headgate-signature': 'sha256=00' })).toBe(401);
  });

  test('under every prefix', async () => {
    const headers = { 'x-gitlab-token': SECRET };
    expect((await post('gitlab', gitlab, { ...headers, 'idempotency-key': 'a' }, '/api/v1')).body).toEqual({
      data: { repositories: [id('gitlab')], repeated: false },
    });
    expect((await post('gitlab', gitlab, { ...headers, 'idempotency-key': 'b' }, '/api')).body).toEqual({
      repositories: [id('gitlab')],
      repeated: false,
    });
  });
});
