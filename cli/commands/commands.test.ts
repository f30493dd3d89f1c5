import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from '../../api/testing/harness.ts';
import type { RunView } from '../../api/views/run.ts';
import { issueToken } from '../../api/tokens.ts';
import { API_VERSION } from '../../crds/index.ts';
import type { NewRun, RunOutcome } from '../../store/ports.ts';
import { newId, resourceId } from '../../foundation/ids.ts';
import { cli, type CliOptions, type CliResult } from '../testing/cli.ts';

let server: TestApi;
let token: string;
const orders = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'orders' });

/** One command line against the server. */
function headgate(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return cli(argv, { ...options, env: { server: server.api.url, token, ...options.env } });
}

beforeAll(async () => {
  server = await startTestApi();
  const wish = { name: 'ann', environment: 'test', scopes: ['admin' as const], workspaces: null, expiresAt: null };
  const issued = issueToken(wish, Date.now());
  token = issued.secret;
  await server.store.tokens.create(issued.record);
  await declare(
    server.resources,
    pipeline('orders', { schedule: '0 */6 * * *', description: 'Orders, hourly' }),
    pipeline('idle'),
    {
      apiVersion: API_VERSION,
      kind: 'Repository',
      metadata: { name: 'main', namespace: 'default' },
      spec: { url: 'https://git.example.com/data.git' },
    },
  );
});
afterAll(() => server.close());
beforeEach(() => {
  server.time.now = Date.now();
});

function newRun(rest: Partial<NewRun> = {}): NewRun {
  return {
    id: newId('run'),
    workspace: 'default',
    pipeline: 'orders',
    pipelineId: orders,
    triggeredBy: 'manual',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: Date.now(),
    ...rest,
  };
}

/** Does what a runner does with the next pending run, once there is one. */
async function work(outcome: Partial<RunOutcome>, lines: readonly string[] = []): Promise<string> {
  const { runs } = server.store;
  const deadline = Date.now() + 10_000;
  let pending = await runs.list({ status: ['pending'], limit: 1 });
  while (pending.length === 0) {
    if (Date.now() > deadline) throw new Error('no run was asked for');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    pending = await runs.list({ status: ['pending'], limit: 1 });
  }
  const { id } = pending[0]!;
  const now = Date.now();
  await runs.claim(id, { runner: 'r', revision: 'c'.repeat(40), generation: 1, now, leaseUntil: now + 60_000 });
  await runs.heartbeat(id, 1, now + 60_000, { stage: 'extract', rowsProcessed: 12_345 });
  await runs.appendLogs(
    id,
    lines.map((message) => ({ at: now, level: 'info' as const, message })),
  );
  await runs.finish(id, 1, { status: 'success', finishedAt: now + 1500, rowsLoaded: 20_000, ...outcome });
  return id;
}

describe('get, describe, runs', () => {
  it('lists pipelines, and shows one', async () => {
    const { code, out } = await headgate(['get', 'pipelines']);
    expect(code).toBe(0);
    expect(out).toMatch(/^NAME +STATUS +SCHEDULE +LAST RUN +ROWS +NEXT RUN +REVISION\n/);
    expect(out).toMatch(/\norders +active +0 \*\/6 \* \* \*/);
    const one = await headgate(['get', 'pl', 'orders', '--json']);
    expect(JSON.parse(one.out)).toMatchObject({ id: orders, schedule: '0 */6 * * *' });
    const all = await headgate(['get', 'pipelines', '--json']);
    expect((JSON.parse(all.out) as { name: string }[]).map(({ name }) => name)).toEqual(['idle', 'orders']);
  });

  it('lists repositories, and says when there is nothing', async () => {
    expect((await headgate(['get', 'repo'])).out).toContain('https://git.example.com/data.git');
    const none = await headgate(['get', 'runs', '-w', 'elsewhere']);
    expect(none).toMatchObject({ code: 0, out: '', err: 'nothing found\n' });
  });

  it('shows connections, with references instead of secrets', async () => {
    await declare(server.resources, {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'shop', namespace: 'default' },
      spec: { connector: 'postgres', title: 'Größe \u001B[2J', settings: { url: '${secret:shop/url}' } },
    });
    for (const kind of ['connections', 'conn', 'integrations']) {
      expect((await headgate(['get', kind])).out).toMatch(/^NAME +CONNECTOR .*\nshop +postgres +pending +Größe +/);
    }
    const shown = await headgate(['describe', 'connection', 'shop']);
    expect(shown.out).toContain('Settings:\n  url: ${secret:shop/url}\n');
    expect(shown.out).not.toContain('\u001B');
    expect(JSON.parse((await headgate(['get', 'connection', 'shop', '--json'])).out)).toMatchObject({ name: 'shop' });
    expect(JSON.parse((await headgate(['describe', 'conn', 'shop', '--json'])).out)).toMatchObject({ name: 'shop' });
    expect(await headgate(['get', 'connection', 'nope'])).toMatchObject({ code: 4, out: '' });
  });

  it('shows the catalogue, with what a workspace declares', async () => {
    await declare(server.resources, {
      apiVersion: API_VERSION,
      kind: 'Connector',
      metadata: { name: 'helpdesk', namespace: 'default' },
      spec: {
        title: 'Helpdesk',
        summary: 'Reads tickets.',
        baseUrl: 'https://api.example.com',
        streams: [{ name: 'tickets', path: 'tickets', description: 'All of them.' }],
      },
    });
    const { out } = await headgate(['get', 'connectors']);
    expect(out).toMatch(/^NAME +READS +WRITES +DECLARED BY +TITLE/);
    expect(out).toMatch(/\nhelpdesk +yes +no +default +Helpdesk/);
    expect(out).toMatch(/\nstripe +yes +yes +- +Stripe/);
    const shown = await headgate(['describe', 'connector', 'helpdesk']);
    expect(shown.out).toContain('Streams:\n  tickets: All of them.\n');
    expect(shown.out).toContain('Declared by:  workspace default');
    expect(await headgate(['describe', 'connector', 'strpe'])).toMatchObject({ code: 4, out: '' });
  });

  it('describes a pipeline, a run and a repository', async () => {
    const { run } = await server.store.runs.create(newRun({ variables: { REGION: 'eu' } }));
    const shown = await headgate(['describe', 'pipeline', 'orders']);
    expect(shown.out).toContain('Description:  Orders, hourly');
    expect(shown.out).toContain('Declared in:  pipelines/all.yaml:3');
    expect(shown.out).toContain('schedule: 0 */6 * * *');
    expect(shown.out).toContain(run.id);
    const described = await headgate(['describe', 'run', run.id]);
    expect(described.out).toMatch(/Status: +pending/);
    expect(described.out).toMatch(/Variables: +REGION=eu/);
    expect((await headgate(['describe', 'repository', 'main'])).out).toContain('No syncs yet.');
    expect((await headgate(['runs', 'orders', '--status', 'pending'])).out).toContain(run.id);
    expect((await headgate(['cancel', run.id])).out).toBe(`run ${run.id} cancelled\n`);
  });
});

describe('errors', () => {
  it.each([
    [['get', 'pipelines', 'nope'], 4, "there is no pipeline 'nope'"],
    [['describe', 'run', 'run_nope'], 4, 'there is no run'],
    [['logs', 'idle'], 4, "pipeline 'idle' has not run yet"],
    [['get', 'pipelins'], 1, 'did you mean pipelines?'],
    [['token', 'revoke', 'tok_nope'], 4, 'there is no token'],
    [['get', 'pipelines', '--token', 'wrong'], 3, 'hint: '],
    [['get', 'pipelines', '--server', 'ftp://x'], 1, 'is not the address of a server'],
    [['get', 'pipelines', '--server', 'http://127.0.0.1:1'], 6, 'cannot reach the server at http://127.0.0.1:1'],
    [['sync', 'nope'], 4, "there is no repository 'nope'"],
    [['plan', '--from', 'a'], 1, '--from and --to belong together'],
    [['run', 'orders', '--var', 'novalue'], 1, 'write NAME=value'],
    [['run', 'orders', '--timeout', 'soon'], 1, "'soon' is not a duration"],
    [['runs', '--status', 'done'], 1, 'error: '],
  ])('%j ends with %i', async (argv, code, message) => {
    const result = await headgate(argv);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
    expect(result.out).toBe('');
  });

  it('shows no token in any of them', async () => {
    const { err } = await headgate(['get', 'pipelines', '--token', 'hg_test_verysecretvalue']);
    expect(err).not.toContain('verysecret');
  });
});

describe('run', () => {
  it('answers at once, or with the whole run as JSON', async () => {
    const { code, out, err } = await headgate(['run', 'orders', '--full-refresh', '--var', 'A=1', '--var', 'B=x=y']);
    const id = /^run (run_\w+) of orders pending\n$/.exec(out)![1]!;
    expect(code).toBe(0);
    expect(err).toContain(`headgate logs -f ${id}`);
    expect(await server.store.runs.get(id)).toMatchObject({
      fullRefresh: true,
      variables: { A: '1', B: 'x=y' },
      triggeredBy: 'manual',
      actor: 'ann',
    });
    await work({});
    const json = await headgate(['run', 'orders', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ pipeline: 'orders', status: 'pending' });
    await work({});
  });

  it('waits, with progress, and ends like the run', async () => {
    const [done, id] = await Promise.all([headgate(['run', 'orders', '--wait']), work({}, ['not shown'])]);
    expect(done.code).toBe(0);
    expect(done.out).toMatch(new RegExp(`^run ${id} success in [\\d.]+m?s, 20,000 rows loaded\n$`));
    expect(done.err).toContain(`run ${id} of orders\n`);
    expect(done.out + done.err).not.toContain('not shown');

    const error = { code: 'source_failed' as const, message: 'connection refused', hint: 'start the database' };
    const [failed] = await Promise.all([headgate(['run', 'orders', '--wait']), work({ status: 'failed', error })]);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.err).toContain('source_failed: connection refused\nhint: start the database\n');
    expect(failed.out).toContain(' failed in ');

    const warning = { code: 'output_not_kept' as const, message: 'the volume is full' };
    const [warned, warnedId] = await Promise.all([headgate(['run', 'orders', '--wait']), work({ warning })]);
    expect(warned).toMatchObject({ code: 0, err: expect.stringContaining('output_not_kept: the volume is full\n') });
    expect((await headgate(['describe', 'run', warnedId])).out).toContain('output_not_kept: the volume is full\n');
  });

  it('follows with log lines; in JSON one object a line', async () => {
    const [text] = await Promise.all([headgate(['run', 'orders', '--follow']), work({}, ['one', 'two\u001B[2J'])]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/INFO one\n.* INFO two\nrun run_\w+ success/);
    const [json] = await Promise.all([headgate(['run', 'orders', '--follow', '--json']), work({}, ['one'])]);
    const events = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; message?: string; run?: RunView });
    expect(events.filter(({ type }) => type === 'log')).toMatchObject([{ message: 'one', level: 'info' }]);
    expect(events.at(-1)).toMatchObject({ type: 'run', run: { status: 'success', rows_loaded: 20_000 } });
  });

  it('shows what a dry run found', async () => {
    const preview = {
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'city', type: 'VARCHAR' },
      ],
      rows: [{ id: '1', city: '東京' }, { id: '2' }],
    };
    const [{ code, out }] = await Promise.all([
      headgate(['run', 'orders', '--dry-run']),
      work({ preview, rowsLoaded: 0 }),
    ]);
    expect(code).toBe(0);
    expect(out).toContain(
      'id (BIGINT)  city (VARCHAR)\n1            東京\n2            NULL\n2 columns, 2 sample rows\n',
    );
    expect(out).toContain('dry run run_');
  });

  it('stops waiting after --timeout, and on Ctrl-C, and says how to cancel', async () => {
    const late = await headgate(['run', 'orders', '--timeout', '200ms']);
    const id = /headgate cancel (run_\w+)\n/.exec(late.err)![1]!;
    expect(late.code).toBe(124);
    expect((await server.store.runs.get(id))!.status).toBe('pending');
    expect((await headgate(['cancel', id])).code).toBe(0);

    const ctrlC = new AbortController();
    const left = await headgate(['run', 'orders', '--follow'], {
      signal: ctrlC.signal,
      onOutput: (text) => {
        if (text.includes('waiting for a runner')) ctrlC.abort(new DOMException('SIGINT', 'AbortError'));
      },
    });
    expect(left.code).toBe(130);
    expect(left.err).toMatch(/no longer watching: run run_\w+ goes on; to cancel it: headgate cancel run_\w+\n$/);
    await work({});
  });

  it('refuses to run what is paused', async () => {
    expect((await headgate(['pause', 'idle'])).out).toBe('pipeline idle paused\n');
    const refused = await headgate(['run', 'idle']);
    expect(refused).toMatchObject({ code: 5, out: '' });
    expect(refused.err).toContain('headgate resume idle');
    expect((await headgate(['resume', 'idle', '--json'])).out).toContain('"status": "active"');
  });
});

describe('logs', () => {
  it('shows what is there, of a run that goes on too, and follows to the end', async () => {
    const { run } = await server.store.runs.create(newRun());
    const now = Date.now();
    const { runs } = server.store;
    await runs.claim(run.id, { runner: 'r', revision: 'c', generation: 1, now, leaseUntil: now + 60_000 });
    const line = (message: string) => ({ at: now, level: 'warn' as const, message });
    await runs.appendLogs(run.id, [line('first'), line('second')]);
    const stored = await headgate(['logs', 'orders']);
    const at = new Date(now).toISOString();
    expect(stored).toMatchObject({ code: 0, out: `${at} WARN first\n${at} WARN second\n` });

    const following = headgate(['logs', '-f', run.id, '--json']);
    await runs.appendLogs(run.id, [line('third')]);
    await runs.finish(run.id, 1, { status: 'success', finishedAt: now, rowsLoaded: 0 });
    const { code, out } = await following;
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text) as object),
    ).toMatchObject([
      { seq: 1, level: 'warn', message: 'first' },
      { seq: 2, message: 'second' },
      { seq: 3, message: 'third' },
    ]);
  });
});

describe('sync', () => {
  it('asks for a sync, finds the only repository, and waits for what it brought', async () => {
    expect((await headgate(['sync'])).out).toBe('sync of main requested\n');
    const repositoryId = resourceId({ kind: 'Repository', namespace: 'default', name: 'main' });
    const waiting = headgate(['sync', 'main', '--allow-prune', '--wait']);
    await expect.poll(async () => (await server.store.syncs.requests()).length).toBe(2);
    const requests = await server.store.syncs.requests();
    expect(requests[1]).toMatchObject({ allowPrune: true, by: 'ann' });
    const now = Date.now() + 1;
    await server.store.syncs.record({
      id: newId('sy'),
      repositoryId,
      startedAt: now,
      finishedAt: now,
      status: 'partial',
      trigger: 'request',
      attemptedRevision: 'd'.repeat(40),
      appliedRevision: 'd'.repeat(40),
      author: 'Ann',
      subject: 'Add orders',
      changes: [{ resource: 'Pipeline/default/new', action: 'create' }],
      changeCount: 1,
      served: requests.map(({ id }) => id),
      errors: [{ code: 'invalid_resource', message: 'spec.mode: is wrong', at: 'p.yaml:3:1' }],
    });
    // One that began later, by another's wish, may be there by the time we look.
    await server.store.syncs.record({
      ...(await server.store.syncs.list(repositoryId, 1))[0]!,
      id: newId('sy'),
      startedAt: now + 1,
      trigger: 'ann',
      status: 'unchanged',
      served: ['sr_another'],
    });
    const { code, out } = await waiting;
    expect(out).toBe(
      'sync partial at ddddddd (Add orders): 1 change\n  create Pipeline/default/new\np.yaml:3:1: error: spec.mode: is wrong\n',
    );
    expect(code).toBe(1);
    expect((await headgate(['describe', 'repo', 'main'])).out).toContain('Errors of the last sync:\np.yaml:3:1');
  });
});

describe('plan against the server', () => {
  it('ends with 0, 2 or 1: nothing, changes, errors', async () => {
    expect(await headgate(['plan'])).toMatchObject({ code: 0, out: 'Nothing to do.\n' });
    server.controller.plan = {
      ...server.controller.plan,
      changes: [
        { resource: 'Pipeline/default/x', id: 'pl_x', action: 'create', effect: 'live', paths: [], at: 'x.yaml:1' },
      ],
    };
    const changes = await headgate(['plan', '--repository', 'main', '--ref', 'feature']);
    expect(changes.code).toBe(2);
    expect(changes.out).toContain('+ create  Pipeline/default/x');
    expect(server.controller.planned.at(-1)).toMatchObject({ revision: 'feature' });
    server.controller.plan = {
      ...server.controller.plan,
      errors: [{ code: 'invalid_yaml', message: 'bad', at: 'y.yaml:1:1' }],
    };
    const errors = await headgate(['plan', '--json']);
    expect(errors.code).toBe(1);
    expect(JSON.parse(errors.out)).toMatchObject({ summary: { create: 1 }, errors: [{ at: 'y.yaml:1:1' }] });
  });

  it('takes files, checked here first', async () => {
    const file = join(server.dataDir, 'p.yaml');
    await writeFile(
      file,
      'apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: x}\nspec: {sorce: {}}\n',
    );
    const wrong = await headgate(['plan', 'p.yaml'], { cwd: server.dataDir });
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain("p.yaml:4:8: error: spec.sorce: unknown field (did you mean 'source'?)");
    await writeFile(
      file,
      'apiVersion: headgate.dev/v1alpha1\nkind: Connection\nmetadata: {name: x}\nspec: {connector: stdout}\n',
    );
    server.controller.plan = { ...server.controller.plan, changes: [], errors: [] };
    expect((await headgate(['plan', '.', '-w', 'team'], { cwd: server.dataDir })).code).toBe(0);
    expect(server.controller.planned.at(-1)).toMatchObject({ namespace: 'team' });
  });
});

describe('audit', () => {
  it('lists who changed what, by filters', async () => {
    await headgate(['pause', 'idle']);
    await headgate(['resume', 'idle']);
    const listed = await headgate(['audit', '--resource', 'pipelines/idle']);
    expect(listed.out).toMatch(/ann +resumePipeline +pipelines\/idle +default +done .*\n.*ann +pausePipeline/);
    const some = JSON.parse((await headgate(['audit', '--action', 'pausePipeline', '--json'])).out) as object[];
    expect(some[0]).toMatchObject({ resource: 'pipelines/idle', actor: { name: 'ann' }, address: '127.0.0.1' });
    for (const one of some) expect(one).toMatchObject({ action: 'pausePipeline' });
    expect((await headgate(['audit', '--actor', 'nobody'])).err).toContain('nothing was changed');
  });
});

describe('token', () => {
  it('rotates: the new one works, the old one is dead', async () => {
    const made = await headgate(['token', 'create', 'rotated', '--scope', 'read']);
    const id = /(tok_\w+) +rotated/.exec((await headgate(['token', 'list'])).out)![1]!;
    const rotated = await headgate(['token', 'rotate', id]);
    expect(rotated.err).toContain(`token ${id} revoked`);
    expect((await headgate(['get', 'pipelines'], { env: { token: rotated.out.trim() } })).code).toBe(0);
    expect((await headgate(['get', 'pipelines'], { env: { token: made.out.trim() } })).code).toBe(3);
    expect((await headgate(['token', 'rotate', id])).err).toContain('is revoked');
  });

  it('issues, lists and revokes', async () => {
    const made = await headgate(['token', 'create', 'nightly', '--scope', 'read', 'trigger', '--expires', '90d']);
    expect(made.out).toMatch(/^hg_test_\w+\n$/);
    expect(made.err).toContain('not shown again');
    const used = await headgate(['get', 'pipelines'], { env: { token: made.out.trim() } });
    expect(used.code).toBe(0);
    const listed = await headgate(['token', 'list']);
    expect(listed.out).toMatch(/nightly +active +read,trigger +all +in 90d|nightly +active +read,trigger +all +in 89d/);
    expect(listed.out).not.toContain(made.out.trim());
    const id = /(tok_\w+) +nightly/.exec(listed.out)![1]!;
    expect((await headgate(['token', 'revoke', id])).out).toBe(`token ${id} revoked\n`);
    expect((await headgate(['get', 'pipelines'], { env: { token: made.out.trim() } })).code).toBe(3);
    expect((await headgate(['token', 'create', 'x', '--scope', 'rule'])).err).toContain('Allowed choices are read');
  });
});
