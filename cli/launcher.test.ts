import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from '../api/testing/harness.ts';
import { issueToken } from '../api/tokens.ts';
import { newId, resourceId } from '../foundation/ids.ts';

const run = promisify(execFile);
const LAUNCHER = join(import.meta.dirname, 'headgate.js');

let folder: string;
let server: TestApi;
let env: NodeJS.ProcessEnv;
/** Makes the launcher believe that it runs on Node 20. */
let older: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-launcher-'));
  const pretend = join(folder, 'older.mjs');
  await writeFile(
    pretend,
    `if (process.argv[1].endsWith('headgate.js'))
       Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`,
  );
  older = ['--import', pretend];
  server = await startTestApi();
  await declare(server.resources, pipeline('orders'));
  const wish = { name: 'ann', environment: 'test', scopes: ['admin' as const], workspaces: null, expiresAt: null };
  const { secret, record } = issueToken(wish, Date.now());
  await server.store.tokens.create(record);
  env = { ...process.env, HEADGATE_SERVER: server.api.url, HEADGATE_TOKEN: secret };
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function start(
  argv: readonly string[],
  nodeOptions: readonly string[] = [],
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [...nodeOptions, LAUNCHER, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What has come out of a stream, growing. */
function collect(stream: Readable): () => string {
  let seen = '';
  stream.on('data', (part: Buffer) => {
    seen += part.toString();
  });
  return () => seen;
}

/** Starts a run and waits until the command watches it. */
async function watching(argv: readonly string[], nodeOptions: readonly string[]) {
  const child = start(argv, nodeOptions);
  const ended = once(child, 'close');
  const stderr = collect(child.stderr);
  await expect.poll(stderr, { timeout: 15_000 }).toContain('waiting for a runner');
  return { child, ended, stderr };
}

describe.each([
  ['on this Node', () => []],
  ['on an older Node, by the pinned one', () => older],
])('%s', (_title, nodeOptions) => {
  it('runs a command and passes its exit code on', async () => {
    const { stdout } = await run(process.execPath, [...nodeOptions(), LAUNCHER, 'version', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ node: expect.stringMatching(/^2[4-9]\./) as unknown });
    const missing = run(process.execPath, [...nodeOptions(), LAUNCHER, 'get', 'pipelines', 'nope'], { env });
    await expect(missing).rejects.toMatchObject({
      code: 4,
      stderr: expect.stringContaining("no pipeline 'nope'") as unknown,
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('on %s detaches from a run, which goes on', async (signal) => {
    const { child, ended, stderr } = await watching(['run', 'orders', '--follow'], nodeOptions());
    child.kill(signal);
    expect((await ended)[0]).toBe(130);
    const id = /headgate cancel (run_\w+)/.exec(stderr())![1]!;
    expect((await server.store.runs.get(id))!.status).toBe('pending');
    await server.store.runs.cancel(id, 'test', Date.now());
  });
});

it('keeps what was compiled, in the folder of caches, also for what it starts', async () => {
  const { NODE_COMPILE_CACHE: _, ...bare } = process.env;
  const caches = join(folder, 'caches');
  for (const [own, options] of [['here', []] as const, ['behind', older] as const]) {
    const cache = join(caches, own);
    await run(process.execPath, [...options, LAUNCHER, 'version'], { env: { ...bare, XDG_CACHE_HOME: cache } });
    const kept = await readdir(join(cache, 'headgate', 'compiled'), { recursive: true });
    expect(kept.length).toBeGreaterThan(20);
  }
  const nowhere = { ...bare, XDG_CACHE_HOME: LAUNCHER };
  const { stdout } = await run(process.execPath, [LAUNCHER, 'version'], { env: nowhere });
  expect(stdout).toMatch(/^headgate /);
});

it('ends quietly when nobody reads any more', async () => {
  const now = Date.now();
  const id = newId('run');
  const pipelineId = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
  const { runs } = server.store;
  const wish = { fullRefresh: false, dryRun: false, variables: {}, triggeredBy: 'manual' as const, createdAt: now };
  await runs.create({ id, workspace: 'default', pipeline: 'orders', pipelineId, ...wish });
  await runs.claim(id, { runner: 'r', revision: 'c', generation: 1, now, leaseUntil: now + 60_000 });
  const message = 'x'.repeat(1000);
  await runs.appendLogs(
    id,
    Array.from({ length: 5000 }, () => ({ at: now, level: 'info' as const, message })),
  );
  const script = `"${process.execPath}" "${LAUNCHER}" logs -f ${id} | head -n 2; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await run('bash', ['-c', script], { env, timeout: 20_000 });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toHaveLength(3);
  expect(stdout.trim().endsWith('\n0')).toBe(true);
});

it('takes what it started along when it is killed', async () => {
  const { child, ended, stderr } = await watching(['run', 'orders', '--wait'], older);
  child.kill('SIGKILL');
  // Standard error is shared with the process behind the launcher, and closes when that has ended too.
  await ended;
  expect(stderr()).toContain('goes on; to cancel it');
});
