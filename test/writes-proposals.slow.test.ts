/** `writeBack: pull-request` against a Git server over HTTPS and a server that answers like the API of a forge. */
import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { API_VERSION, type RepositorySpec } from '../crds/index.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { serveGitOverHttps, type GitHttpServer } from './servers/git-http.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { startTestServer, type TestServer } from './server.ts';
import { liveHash, pipelineResource, pipelineText, rejected, update, write } from './writes.ts';

const TOKEN = 'planted-token-4711';

let remote: TestRepository;
let work: TestRepository;
let git: GitHttpServer;
let forge: TestHttpServer;
let running: TestServer;
let pulls: string;
let head: string;

beforeEach(async () => {
  remote = await createRepository({ bare: true });
  work = await createRepository();
  head = await work.commit({ 'orders.yaml': pipelineText('orders') });
  await work.git('push', '--quiet', remote.dir, 'HEAD:main');
  // Forges know a repository by owner and name.
  await symlink(remote.dir, join(remote.dir, 'pipelines.git'));
  git = await serveGitOverHttps(remote, { username: 'git', password: TOKEN });
  forge = await startHttpServer();
  pulls = `/api/v1/repos/${basename(remote.dir)}/pipelines/pulls`;
  const env = { PATH: process.env['PATH'], GIT_SSL_CAINFO: git.certificate, GIT_TOKEN: TOKEN };
  running = await startTestServer(null, { warm: 0, env });
});
afterEach(async () => {
  await running.stop();
  await git.close();
  await forge.close();
  await remote.remove();
  await work.remove();
});

const declare = (writeBack: 'commit' | 'pull-request'): Promise<void> => {
  const pullRequests = { provider: 'gitea', api: `${forge.url}/api/v1` } as const;
  const credentials = { username: 'git', password: '${env:GIT_TOKEN}' };
  const spec: RepositorySpec = {
    url: `${git.url}/pipelines.git`,
    credentials,
    writeBack,
    pullRequests,
    interval: '1s',
  };
  const resource = {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: 'main', namespace: 'default' },
    spec,
  } as const;
  const origin = { repositoryId: null, file: null, line: null };
  return running.resources.apply([{ action: 'apply', resource, revision: 'by-hand', origin }]);
};
const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const off = [update(pipelineResource('orders', { enabled: false }))];

it('opens a pull request for the branch, with the plan in its body and no secret in it', async () => {
  const seen: { head: string; base: string; title: string; body: string }[] = [];
  forge.on(pulls, (request, response) => {
    if (request.method !== 'POST') return json(response, 200, []);
    const pull = JSON.parse(request.body) as (typeof seen)[number];
    seen.push(pull);
    json(response, 201, { number: 1, html_url: 'https://forge.example.com/pulls/1', head: { ref: pull.head } });
  });
  await declare('pull-request');
  await liveHash(running, 'orders');
  const outcome = await write(running, off, { subject: 'Switch orders off', requestId: 'req_9' });
  expect(outcome).toMatchObject({ form: 'proposed', url: 'https://forge.example.com/pulls/1' });
  const { branch, revision } = outcome as { branch: string; revision: string };
  expect(await remote.git('rev-parse', branch, `${branch}~1`, 'main')).toBe(`${revision}\n${head}\n${head}`);
  expect(seen).toEqual([expect.objectContaining({ head: branch, base: 'main', title: 'Switch orders off' })]);
  expect(seen[0]!.body).toContain('update `Pipeline/default/orders`');
  expect(seen[0]!.body).toContain('`spec.enabled`');
  expect(seen[0]!.body).toContain('Request-Id: req_9');
  expect(JSON.stringify([outcome, seen])).not.toContain(TOKEN);
});

it('takes the branch back when the forge refuses', async () => {
  forge.on(pulls, (_, response) => json(response, 403, { message: 'no' }));
  await declare('pull-request');
  await liveHash(running, 'orders');
  await rejected(write(running, off), 'pull_request_failed', /./);
  expect(await remote.git('branch', '--format=%(refname:short)')).toBe('main');
});

it('a push that arrives while its answer is lost is acknowledged once', async () => {
  await declare('commit');
  await liveHash(running, 'orders');
  let pushes = 0;
  git.answer = (request, response) => {
    if (request.method !== 'POST' || !request.url.includes('git-receive-pack')) return false;
    pushes += 1;
    if (pushes > 1) return false;
    // Git takes it, and the client hears nothing of that.
    response.write = () => true;
    response.end = () => response.destroy();
    return false;
  };
  const outcome = await write(running, off, { subject: 'Once' });
  git.answer = null;
  expect(outcome).toMatchObject({ form: 'applied', revision: await remote.git('rev-parse', 'main') });
  expect(pushes).toBeGreaterThanOrEqual(1);
  expect(await remote.git('log', '--format=%s', 'main')).toBe('Once\nchange');
});
