/** Runs in Pods: real processes, told what to do by the store alone, on SQLite and on Redis. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openOutput } from '../api/runs/output.ts';
import { Handover } from '../controller/runners/handover.ts';
import { installation, type Installation, type Pipeline } from '../runner/engine/testing.ts';
import { checkResultBlob } from '../runner/handed.ts';
import type { RunAssignment } from '../runner/spec.ts';
import { pods, type Pods } from './pods.ts';
import { eventually } from './server.ts';
import { redisMissing, startRedis, type RedisServer } from './servers/redis.ts';

const NEVER = new AbortController().signal;
const missing = await redisMissing();

let here: Installation;
let cluster: Pods;
let handover: Handover;

/** Rows that come for a while: something is under way meanwhile. */
const rows = (count: number, perSecond: number): Pipeline => ({
  sources: [{ connector: 'generator', settings: { rows: count, rowsPerSecond: perSecond }, stream: 'orders' }],
  destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
});
const copy = (path: string): Pipeline => ({
  sources: [{ connector: 'file', settings: { path } }],
  destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
});

async function claimed(pipeline: Pipeline, over: Partial<RunAssignment['environment']> = {}): Promise<RunAssignment> {
  const assignment = await here.claim(pipeline);
  return { ...assignment, environment: { ...assignment.environment, ...over } };
}

const runOf = async ({ runId }: RunAssignment) => (await here.store.runs.get(runId))!;
/** What the controller does when a Pod ended with 75. */
async function nextAttempt({ runId, attempt }: RunAssignment): Promise<number> {
  const { runs } = here.store;
  await runs.requeue(runId, attempt, 0);
  const now = Date.now();
  const next = { runner: 'r', revision: 'a1', generation: 1, now, leaseUntil: now + 60_000 };
  return (await runs.claim(runId, next))!.attempt;
}
const begun = (assignment: RunAssignment): Promise<unknown> =>
  eventually('the run to begin', async () => (await here.logs(assignment.runId)).includes(', attempt '));

async function setUp(url?: string): Promise<void> {
  here = await installation(url);
  cluster = await pods(here.storeUrl);
  handover = new Handover({ blobs: here.store.blobs, clock: Date.now });
}
async function tearDown(): Promise<void> {
  await cluster.dispose();
  await here.close();
}

function suite(url: () => string | undefined): void {
  beforeEach(() => setUp(url()));
  afterEach(tearDown);

  test('a run reads files of the repository and ends with 0; its output is not kept without a shared volume', async () => {
    const large = `id\n${Array.from({ length: 400_000 }, (_, n) => n).join('\n')}\n`;
    const file = join(here.dataDir, 'blob');
    await writeFile(file, large);
    const assignment = await claimed({ ...copy('data/in.csv'), files: { 'data/in.csv': file, 'again.csv': file } });
    const pod = await cluster.start('a', await handover.run(assignment, NEVER));
    expect(await pod.ended, pod.log()).toBe(0);
    expect(readFileSync(join(pod.data, 'files/out.csv'), 'utf8')).toBe(large);
    expect(await runOf(assignment)).toMatchObject({
      status: 'success',
      rowsLoaded: 400_000,
      outputFile: null,
      outputFileSize: null,
    });
    expect(await here.logs(assignment.runId)).toContain('attempt 1');
  });

  test('with a shared volume output and files go there, where the API finds them', async () => {
    const shared = join(cluster.folder, 'shared');
    await mkdir(join(shared, 'files'), { recursive: true });
    await writeFile(join(shared, 'files/in.csv'), 'id\n1\n2\n');
    const assignment = await claimed(copy('in.csv'));
    const name = await handover.run(assignment, NEVER);
    const pod = await cluster.start('a', name, { HEADGATE_OUTPUTS: shared });
    expect(await pod.ended, pod.log()).toBe(0);
    expect(await readFile(join(shared, 'files/out.csv'), 'utf8')).toBe('id\n1\n2\n');
    const run = await runOf(assignment);
    const file = await openOutput(run, { dataDir: shared }, NEVER);
    const { size } = file;
    await file.close();
    expect(size).toBe(run.outputFileSize);
    expect(size).toBe((await stat(join(pod.data, 'runs', run.id, 'output.parquet'))).size);
  });

  test('a run that fails is recorded, and ends with 1', async () => {
    const assignment = await claimed(copy('none.csv'));
    const pod = await cluster.start('a', await handover.run(assignment, NEVER));
    expect(await pod.ended).toBe(1);
    expect(await runOf(assignment)).toMatchObject({ status: 'failed', error: { code: 'source_failed' } });
  });

  test('secrets are read where they are mounted; one that is missing is named', async () => {
    const server = createServer((request, response) => {
      const known = request.headers.authorization === 'Bearer s3cret-value';
      response.writeHead(known ? 200 : 401, { 'Content-Type': 'application/json' });
      response.end(known ? '[{"id":7}]' : '{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pipeline = (key: string): Pipeline => ({
      ...copy(''),
      sources: [
        {
          connector: 'http',
          settings: {
            url: `http://127.0.0.1:${port}`,
            auth: { bearer: { token: `\${secret:billing/${key}}` } },
          },
          stream: 'items',
        },
      ],
    });
    try {
      await cluster.secret('billing', 'token', 's3cret-value');
      const good = await claimed(pipeline('token'));
      const name = await handover.run(good, NEVER);
      expect(Buffer.from((await here.store.blobs.get(name, Date.now()))!).toString()).not.toContain(here.storeUrl);
      const pod = await cluster.start('a', name);
      expect(await pod.ended, await here.logs(good.runId)).toBe(0);
      expect(readFileSync(join(pod.data, 'files/out.csv'), 'utf8')).toBe('id\n7\n');
      expect(pod.log() + (await here.logs(good.runId))).not.toContain('s3cret-value');

      const bad = await claimed(pipeline('other'));
      const second = await cluster.start('b', await handover.run(bad, NEVER));
      expect(await second.ended).toBe(1);
      expect((await runOf(bad)).error).toMatchObject({
        code: 'reference_not_found',
        message: 'secret billing/other is not there',
        hint: expect.stringContaining('kubectl -n default create secret generic billing') as string,
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test("variables of the Pod resolve, Headgate's own do not", async () => {
    const path = (name: string): Pipeline => ({
      ...rows(1, 1000),
      destinations: [{ connector: 'file', settings: { path: `\${env:${name}}.csv` } }],
    });
    const good = await claimed(path('HEADGATE_VAR_OUT'));
    const one = await cluster.start('a', await handover.run(good, NEVER), { HEADGATE_VAR_OUT: 'named' });
    expect(await one.ended, await here.logs(good.runId)).toBe(0);
    expect(existsSync(join(one.data, 'files/named.csv'))).toBe(true);
    const bad = await claimed(path('HEADGATE_STORE'));
    const two = await cluster.start('b', await handover.run(bad, NEVER));
    expect(await two.ended).toBe(1);
    expect((await runOf(bad)).error?.code).toBe('reference_not_found');
  });

  test('SIGTERM: a run that ends within the grace is a success', async () => {
    const assignment = await claimed(rows(60, 60));
    const pod = await cluster.start('a', await handover.run(assignment, NEVER));
    await begun(assignment);
    pod.child.kill('SIGTERM');
    expect(await pod.ended).toBe(0);
    expect((await runOf(assignment)).status).toBe('success');
  });

  test('SIGTERM: a run that does not is given back at once, and the next Pod does it', async () => {
    const assignment = await claimed(rows(200, 10));
    const pod = await cluster.start('a', await handover.run(assignment, NEVER), { HEADGATE_GRACE: '2' });
    await begun(assignment);
    pod.child.kill('SIGTERM');
    expect(await pod.ended).toBe(75);
    const run = await runOf(assignment);
    expect(run).toMatchObject({ status: 'pending', attempt: 1 });
    expect(run.notBefore).toBeLessThanOrEqual(Date.now());
    expect(await here.logs(run.id)).toContain('given back');
    expect(existsSync(join(pod.data, 'files/out.csv'))).toBe(false);
  });

  test("a run that is another attempt's by now commits nothing and ends with 75", async () => {
    const { store } = here;
    const late = await claimed(rows(40, 20));
    const name = await handover.run(late, NEVER);
    const pod = await cluster.start('a', name);
    await begun(late);
    expect(await store.runs.requeue(late.runId, late.attempt, 0)).toBe(true);
    expect(await pod.ended).toBe(75);
    expect(existsSync(join(pod.data, 'files/out.csv'))).toBe(false);
    // One that comes even later does not begin.
    const second = await cluster.start('b', name);
    expect(await second.ended).toBe(75);
    expect(existsSync(join(second.data, 'runs'))).toBe(false);
    expect((await runOf(late)).status).toBe('pending');
  });

  test('of two Pods of one attempt one does it; the other ends with 75 at once', async () => {
    const assignment = await claimed(rows(90, 30));
    const name = await handover.run(assignment, NEVER);
    const two = [await cluster.start('a', name), await cluster.start('b', name)];
    await begun(assignment);
    const codes = await Promise.all(two.map(({ ended }) => ended));
    expect(new Set(codes), two.map((pod) => pod.log()).join('')).toEqual(new Set([0, 75]));
    expect(two[codes.indexOf(75)]!.log()).toContain('another Pod has taken it up');
    expect(two.filter(({ data }) => existsSync(join(data, 'files/out.csv')))).toEqual([two[codes.indexOf(0)]]);
    expect(await runOf(assignment)).toMatchObject({ status: 'success', attempt: 1, rowsLoaded: 90 });
    expect((await here.logs(assignment.runId)).split('attempt 1').length - 1).toBe(1);
  });

  test('a run that somebody cancels is recorded as such', async () => {
    const assignment = await claimed(rows(500, 10));
    const pod = await cluster.start('a', await handover.run(assignment, NEVER));
    await begun(assignment);
    await here.store.runs.cancel(assignment.runId, 'ann', Date.now());
    expect(await pod.ended).toBe(1);
    expect((await runOf(assignment)).status).toBe('cancelled');
  });

  test('without an assignment, or with files that are gone, nothing is recorded', async () => {
    const assignment = await claimed({ ...copy('in.csv'), files: { 'in.csv': await here.put('in.csv', 'id\n1\n') } });
    const lost = await cluster.start('a', 'run/run_none/1');
    expect(await lost.ended).toBe(75);
    expect(lost.log()).toContain('run/run_none/1 is not in the store');
    const name = await handover.run(assignment, NEVER);
    for (const { name: blob } of await here.store.blobs.list('file/', Date.now())) await here.store.blobs.delete(blob);
    const pod = await cluster.start('b', name);
    expect(await pod.ended).toBe(75);
    expect((await runOf(assignment)).status).toBe('running');
    expect(await here.logs(assignment.runId)).toContain('file in.csv of the repository is not in the store any more');
    // Handed over once more, it has all that it needs.
    const again = { ...assignment, attempt: await nextAttempt(assignment) };
    const third = await cluster.start('c', await handover.run(again, NEVER));
    expect(await third.ended, third.log()).toBe(0);
  }, 60_000);

  test('a check answers by the store', async () => {
    const { environment } = await claimed(copy('x'));
    const check = (checkId: string, url: string) => ({
      checkId,
      workspace: 'default',
      endpoint: { name: 'c', connector: 'http', settings: { url }, pointer: '/spec' },
      files: {},
      timeoutMs: 10_000,
      environment,
    });
    const server = createServer((_request, response) => void response.end('{}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const one = await cluster.start('a', await handover.check(check('chk_1', `http://127.0.0.1:${port}`), NEVER));
    expect(await handover.answer('chk_1')).toBeNull();
    expect(await one.ended, one.log()).toBe(0);
    expect(await handover.answer('chk_1')).toMatchObject({ ok: true });
    server.close();
    const two = await cluster.start('b', await handover.check(check('chk_2', `http://127.0.0.1:${port}`), NEVER));
    expect(await two.ended).toBe(0);
    expect(await handover.answer('chk_2')).toMatchObject({ ok: false });
    expect(await here.store.blobs.get(checkResultBlob('chk_1'), Date.now() + 3_700_000)).toBeNull();
  });
}

describe('runs in Pods on SQLite', () => suite(() => undefined));

describe.skipIf(missing !== null)(`runs in Pods on Redis${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  describe('as on SQLite', () => suite(() => redis.fresh()));

  describe('that goes away', () => {
    beforeEach(() => setUp(redis.fresh()));
    afterEach(tearDown);

    test('a Pod waits for a store that is down when it starts', async () => {
      const assignment = await claimed(rows(5, 1000));
      const name = await handover.run(assignment, NEVER);
      await redis.kill();
      const pod = await cluster.start('a', name);
      await eventually('the Pod to miss the store', async () => pod.log().includes('cannot be reached'), 20_000);
      await redis.restart();
      expect(await pod.ended, pod.log()).toBe(0);
      expect((await runOf(assignment)).status).toBe('success');
    }, 60_000);

    test('a store that restarts in the middle ends no run', async () => {
      const assignment = await claimed(rows(120, 30));
      const pod = await cluster.start('a', await handover.run(assignment, NEVER));
      await begun(assignment);
      await redis.kill();
      await redis.restart();
      expect(await pod.ended, pod.log()).toBe(0);
      expect(await runOf(assignment)).toMatchObject({ status: 'success', rowsLoaded: 120 });
    }, 60_000);

    test('a store that is gone for longer than the lease ends the run without a trace at the destination', async () => {
      const assignment = await claimed(rows(200, 10), { leaseMs: 2000 });
      const pod = await cluster.start('a', await handover.run(assignment, NEVER));
      await begun(assignment);
      await redis.kill();
      await eventually('the lease to be lost', async () => pod.child.exitCode !== null, 60_000).catch(() => undefined);
      await redis.restart();
      expect(await pod.ended, pod.log()).toBe(75);
      expect(existsSync(join(pod.data, 'files/out.csv'))).toBe(false);
      expect((await runOf(assignment)).status).toBe('running');
    }, 90_000);
  });
});
