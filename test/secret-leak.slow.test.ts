/**
 * Secrets of every kind are planted, systems answer with them, and everything is looked through that Headgate says or writes:
 * answers, command lines, logs at the level debug, metrics, and every byte of the data folder (invariant 6).
 */
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/testing/cli.ts';
import { createLogger } from '../foundation/log.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { serveGitOverHttps, type GitHttpServer } from './servers/git-http.ts';
import { startHttpServer, type SeenRequest, type TestHttpServer } from './servers/http.ts';
import { childrenOf } from './waiting-run.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

/** Told apart from chance by their first word, and by their form. */
const PLANTED = {
  env: 'envq7KfZ-2xLw9TtB4',
  file: 'fileV8mN-3cRy6PpD1',
  store: 'storeH5jW-8bQs2LkF0',
  odd: 'odd"Xt9 &\\/+%ö\'(Zk4)!',
  lines: '-----BEGIN TEST KEY-----\nlinesAq1Ws2Ed3Rf4Tg5Yh6\nlinesUj7Ik8Ol9Pz0Xc1Vb2\n-----END TEST KEY-----',
  query: 'queryG6dS-1vMn5HhJ7',
  inUrl: 'inurlR3eT@7yUi0OpA2',
  inline: 'inlineC4xZ-6kLm8NbV3',
  signature: 'signE2wQ-9rTy4UuI5oPpL7',
  git: 'gitpwB1nM-5aSd7FgH9',
  captured: 'literalT0pX-4sDf6GhJ8',
} as const;

const lines: string[] = [];
const seen: { readonly from: string; readonly text: string }[] = [];
const note = (from: string, text: string): void => void seen.push({ from, text });

let folder: string;
let repository: TestRepository;
let remote: GitHttpServer;
let http: TestHttpServer;
let server: TestServer;

/** A system that has nothing better to do than to tell what it was sent, in several forms. */
const tell = (request: SeenRequest): string => {
  const authorization = request.headers.authorization ?? '';
  const said = `${authorization} ${request.target} ${decodeURIComponent(request.target)}`;
  return JSON.stringify({
    error: `not allowed: ${said}`,
    again: JSON.stringify({ authorization }),
    encoded: [Buffer.from(said).toString('base64'), encodeURIComponent(authorization)],
    body: request.body,
  });
};

const header = (reference: string): string => `auth: {header: {value: '${reference}'}}`;
const pipeline = (
  name: string,
  source: string,
  destination = 'connector: stdout',
): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  retry: {attempts: 1}
  source: {${source}}
  destination: {${destination}}
`;

const files = (): Record<string, string> => {
  const failing = (reference: string): string =>
    `connector: http, settings: {url: '${http.url}/refuse', ${header(reference)}}`;
  return {
    'env.yaml': pipeline('env', failing('${env:LEAK_ENV}')),
    'file.yaml': pipeline('file', failing('${file:leak.txt}')),
    'store.yaml': pipeline('store', failing('Bearer ${secret:leak/store}')),
    'odd.yaml': pipeline(
      'odd',
      `connector: http, settings: {url: '${http.url}/refuse', auth: {basic: {username: me, password: '\${secret:leak/odd}'}}}`,
    ),
    'query.yaml': pipeline(
      'query',
      `connector: http, settings: {url: '${http.url}/refuse', auth: {apiKey: {name: key, in: query, value: '\${secret:leak/query}'}}}`,
    ),
    'works.yaml': pipeline(
      'works',
      `connector: http, settings: {url: '${http.url}/records', ${header('${secret:leak/store}')}}`,
      'connector: file, settings: {path: works.ndjson}',
    ),
    'inurl.yaml': pipeline('inurl', "connector: postgres, settings: {url: '${secret:leak/inurl}'}, stream: orders"),
    'lines.yaml': pipeline(
      'lines',
      "connector: postgres, settings: {host: 127.0.0.1, port: 1, database: x, user: me, password: '${secret:leak/lines}'}, stream: orders",
    ),
    'inline.yaml': pipeline(
      'inline',
      `connector: http, settings: {url: '${http.url.replace('//', `//me:${PLANTED.inline}@`)}/refuse'}`,
    ),
    'hangs.yaml': pipeline(
      'hangs',
      `connector: http, settings: {url: '${http.url}/hang', ${header('${secret:leak/store}')}}`,
    ),
    'push.yaml': `${pipeline('push', 'connector: events', `connector: http, settings: {url: '${http.url}/refuse', ${header('Bearer ${secret:leak/store}')}}`)}  batch: {interval: 20ms}\n`,
    'hook.yaml': pipeline(
      'hook',
      "connector: webhook, settings: {signature: {github: {secret: '${secret:leak/signature}'}}}",
    ),
  };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-leak-'));
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', 'leak.txt'), `${PLANTED.file}\n`);
  http = await startHttpServer({
    '/refuse': (request, response) =>
      void response
        .writeHead(request.method === 'POST' ? 422 : 403, { 'content-type': 'application/json' })
        .end(tell(request)),
    '/hang': () => undefined,
    '/records': (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]'),
  });
  repository = await createRepository();
  await repository.commit(files());
  remote = await serveGitOverHttps(repository, { username: 'me', password: PLANTED.git });
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  server = await startTestServer(null, {
    dataDir: folder,
    limits: { requestsPerSecond: 100_000 },
    env: {
      PATH: process.env['PATH'],
      LEAK_ENV: PLANTED.env,
      HEADGATE_LOG_LEVEL: 'debug',
      GIT_SSL_CAINFO: remote.certificate,
    },
    log: createLogger({ level: 'debug', destination }),
  });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await remote?.close();
  await http?.close();
  await repository?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const headers = init.body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await server.api(path, {
    ...init,
    headers: { ...headers, ...(init.headers as Record<string, string>) },
  });
  const text = await answer.text();
  note(`${init.method ?? 'GET'} ${path}`, text + JSON.stringify([...answer.headers]));
  return { status: answer.status, text };
}
const post = (path: string, body: unknown): Promise<{ status: number; text: string }> =>
  ask(path, { method: 'POST', body: JSON.stringify(body) });

async function headgate(...args: string[]): Promise<void> {
  const { out, err } = await cli([...args, '--data', folder], { cwd: folder, width: 200 });
  note(`headgate ${args.join(' ')}`, out + err);
}

/** The forms in which a value may hide. */
function formsOf(value: string): readonly string[] {
  const parts = [value, ...value.split('\n').filter((line) => line.startsWith('lines'))];
  return parts.flatMap((part) => {
    const bytes = Buffer.from(part);
    // Of base 64 that begins anywhere, what is the same whatever stands before.
    const encoded = [0, 1, 2].map((n) =>
      Buffer.concat([Buffer.alloc(n), bytes])
        .toString('base64')
        .slice(4, -4),
    );
    return [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part), bytes.toString('hex'), ...encoded];
  });
}

function leaks(haystack: string): readonly string[] {
  return Object.entries(PLANTED).flatMap(([name, value]) =>
    formsOf(value).some((form) => haystack.includes(form)) ? [name] : [],
  );
}

/** What stands in a file; of Git's objects, unpacked. */
async function contentOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const texts = [bytes.toString('utf8'), bytes.toString('latin1')];
  for (const unpack of [gunzipSync, inflateSync]) {
    try {
      texts.push(unpack(bytes).toString('utf8'));
    } catch {
      // Not packed in this way.
    }
  }
  return texts.join('\n');
}

/** A runner that dies in the middle of a run leaves a report, and the run is told as lost. */
async function killRunner(): Promise<void> {
  const before = http.requests.length;
  await post('/v1/pipelines/hangs/run', {});
  await eventually('the run to ask', async () => http.requests.slice(before).some(({ path }) => path === '/hang'));
  const running = await server.store.runs.list({ status: ['running'], limit: 1 });
  for (const pid of await childrenOf(process.pid)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (/runner\/main\.ts/.test(command)) process.kill(pid, 'SIGKILL');
  }
  await eventually(
    'the run to be lost',
    async () => (await server.store.runs.get(running[0]!.id))!.finishedAt !== null,
  );
}

test('planted secrets are found nowhere', async () => {
  const values = {
    store: PLANTED.store,
    odd: PLANTED.odd,
    lines: PLANTED.lines,
    query: PLANTED.query,
    signature: PLANTED.signature,
    inurl: `postgres://me:${encodeURIComponent(PLANTED.inUrl)}@127.0.0.1:1/db`,
    git: PLANTED.git,
  };
  await ask('/v1/secrets/leak', { method: 'PUT', body: JSON.stringify({ values }) });
  const spec = {
    url: `${remote.url}/.git`,
    branch: 'main',
    interval: '1s',
    credentials: { username: 'me', password: '${secret:leak/git}' },
  } as const;
  const resource = {
    apiVersion: 'headgate.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'main', namespace: 'default' },
    spec,
  } as const;
  const origin = { repositoryId: null, file: null, line: null };
  await server.resources.apply([{ action: 'apply', resource, revision: 'by-hand', origin }]);
  await eventually(
    'the pipelines',
    async () => (await server.resources.pipelineIndex()).length === Object.keys(files()).length,
  );

  const token = JSON.parse(
    await (
      await server.api('/v1/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'leak', scopes: ['read'] }),
      })
    ).text(),
  ) as { id: string; token: string };
  await fetch(`${server.url}/v1/runs`, { headers: { authorization: `Bearer ${token.token}` } });
  await fetch(`${server.url}/v1/runs?token=${token.token}`, { headers: { authorization: `Bearer ${token.token}x` } });

  const batch = ['env', 'file', 'store', 'odd', 'query', 'works', 'inurl', 'lines', 'inline'];
  for (const name of batch) await post(`/v1/pipelines/${name}/run`, {});
  await post('/v1/pipelines/store/run', { dry_run: true, variables: {} });
  await post('/v1/events', { pipeline_id: 'push', event_type: 'x', payload: { n: 1 } });
  const body = JSON.stringify({ action: 'opened' });
  const signature = createHmac('sha256', PLANTED.signature).update(body).digest('hex');
  const hook = async (sent: string): Promise<void> => {
    const answer = await fetch(`${server.url}/v1/hooks/hook`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'issues',
        'x-hub-signature-256': `sha256=${sent}`,
      },
    });
    note('webhook', `${answer.status} ${await answer.text()}`);
  };
  await hook(signature);
  await hook('0'.repeat(64));
  await eventually(
    'the runs to end',
    async () => {
      const runs = await server.store.runs.list({ limit: 100 });
      return runs.length >= batch.length && runs.every(({ finishedAt }) => finishedAt !== null);
    },
    60_000,
  );
  await eventually('the event to be refused, with what the destination said', async () => {
    const { text } = await ask('/v1/pipelines/push/dead-letters');
    const [letter] = (JSON.parse(text) as { data: { id: string }[] }).data;
    return letter !== undefined && (await ask(`/v1/events/${letter.id}`)).text.includes('not allowed');
  });
  await killRunner();
  const plan = JSON.stringify({
    ...resource,
    kind: 'Pipeline',
    metadata: { name: 'planned', namespace: 'default' },
    spec: {
      source: { connector: 'http', settings: { url: http.url, auth: { bearer: { token: PLANTED.captured } } } },
      destination: { connector: 'stdout' },
    },
  });
  await ask('/v1/plan', { method: 'POST', body: plan });
  await ask('/v1/secrets/Bad_Name', { method: 'PUT', body: JSON.stringify({ values: { a: PLANTED.captured } }) });
  await ask('/v1/secrets/leak', { method: 'PUT', body: `{"values": {"a": "${PLANTED.captured}"` });

  const runs = await server.store.runs.list({ limit: 100 });
  for (const prefix of ['/v1', '/api/v1', '/api']) {
    for (const path of [
      'pipelines',
      'runs',
      'integrations',
      'integrations/available',
      'repositories',
      'events',
      'secrets',
      'tokens',
      'audit',
    ])
      await ask(`${prefix}/${path}`);
    for (const name of [...batch, 'push', 'hook']) await ask(`${prefix}/pipelines/${name}`);
    for (const { id } of runs) for (const rest of ['', '/logs']) await ask(`${prefix}/runs/${id}${rest}`);
  }
  const { data } = JSON.parse((await ask('/v1/events?limit=100')).text) as { data: { id: string }[] };
  expect(data.length).toBeGreaterThan(0);
  for (const { id } of data) await ask(`/v1/events/${id}`);
  for (const path of ['pipelines/push/dead-letters', 'repositories/main', 'repositories/main/syncs'])
    await ask(`/v1/${path}`);
  for (const path of ['/metrics', '/healthz', '/readyz', '/openapi.json']) await ask(path);

  for (const name of [...batch, 'push', 'hook']) await headgate('describe', 'pipeline', name);
  for (const { id } of runs) await headgate('logs', id);
  for (const args of [
    ['get', 'pipelines'],
    ['get', 'repositories'],
    ['runs'],
    ['secret', 'list'],
    ['token', 'list'],
    ['audit'],
    ['doctor'],
    ['events', 'list', 'push'],
  ])
    await headgate(...args);

  // It is worth nothing unless the systems were really told, and told it back.
  const told = http.requests.map((request) => `${request.target} ${request.headers.authorization ?? ''}`).join('\n');
  for (const name of ['env', 'file', 'store', 'query'] as const)
    expect(told, `${name} was sent`).toContain(PLANTED[name]);
  expect(told).toContain(Buffer.from(`me:${PLANTED.odd}`).toString('base64'));
  expect(remote.requests.some(({ credentials }) => credentials === `me:${PLANTED.git}`)).toBe(true);
  expect(seen.some(({ text }) => text.includes('${secret:leak/store}'))).toBe(true);
  expect(lines.length).toBeGreaterThan(10);

  const found = seen.flatMap(({ from, text }) => leaks(text).map((name) => `${name} in ${from}`));
  for (const line of lines) for (const name of leaks(line)) found.push(`${name} in the log: ${line.slice(0, 300)}`);
  await server.store.check();
  const held = ['files/leak.txt'];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    // What people wrote into files and into Git stands there; the mirror is a copy of Git.
    if (!entry.isFile() || held.includes(name) || name.startsWith('mirrors/')) continue;
    const content = await contentOf(path);
    for (const leak of leaks(content)) found.push(`${leak} in ${name}`);
    if (content.includes(token.token)) found.push(`the token in ${name}`);
  }
  for (const { from, text } of seen) if (text.includes(token.token)) found.push(`the token in ${from}`);
  if (lines.join('').includes(token.token)) found.push('the token in the log');
  expect(found).toEqual([]);
}, 120_000);
