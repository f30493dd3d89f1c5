/** The Pipelines API under `/api`: bare objects and arrays, in their own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../server.ts';
import { startSeedEnvironment, type SeedEnvironment } from './environment.ts';

let e: SeedEnvironment;
beforeAll(async () => {
  e = await startSeedEnvironment();
});
afterAll(() => e.stop());

interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly config: { readonly name: string; readonly source: object; readonly destination: object };
}
interface Run {
  readonly id: string;
  readonly status: string;
  readonly output_file: string;
  readonly output_file_size: number;
}
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const EXAMPLE = {
  name: 'HubSpot to BigQuery',
  config: {
    name: 'hubspot-contacts',
    source: {
      name: 'hubspot',
      stream: 'contacts',
      authentication: { type: 'api_key', params: { token: 'pat-xxx' } },
    },
    destination: { name: 'bigquery', config: { project_id: 'my-project', dataset: 'raw_data' } },
  },
  schedule: '0 */6 * * *',
  enabled: true,
  domain_id: '0b5e8a52-6f0e-4b1e-9d1e-7d6e0c8d9a11',
};

const call = (method: string, path: string, body?: unknown) =>
  e.client.call(method, `/api/pipelines${path}`, body === undefined ? {} : { body });
const ended = (id: string): Promise<Run> =>
  eventually(`the end of ${id}`, async () => {
    const run = (await call('GET', `/runs/${id}`)).body<Run>();
    return ['success', 'failed', 'cancelled'].includes(run.status) && run;
  });

test('POST, GET, PUT, duplicate and DELETE /api/pipelines, with the body of the design', async () => {
  const made = await call('POST', '', EXAMPLE);
  expect(made.status).toBe(201);
  const { id, config } = made.body<Pipeline>();
  const { name, schedule, enabled, domain_id } = EXAMPLE;
  expect(made.body()).toMatchObject({ name, schedule, enabled, domain_id, created_at: TIME, updated_at: TIME });
  expect(config).toMatchObject({ name: 'hubspot-contacts', source: { connector: 'hubspot', stream: 'contacts' } });
  expect((await call('GET', `/${id}`)).body()).toMatchObject({ id, name, config });

  const file = await e.read('pipelines/hubspot-contacts.yaml');
  expect(file).toContain('HubSpot to BigQuery');
  expect(`${file}${made.text}`).not.toContain('pat-xxx');
  expect(file).toContain('${secret:');

  const changed = await call('PUT', `/${id}`, {
    name: 'HubSpot Contacts (Production)',
    schedule: '0 */4 * * *',
    enabled: false,
  });
  expect(changed.body()).toMatchObject({
    id,
    name: 'HubSpot Contacts (Production)',
    schedule: '0 */4 * * *',
    enabled: false,
    domain_id,
    updated_at: TIME,
  });
  const [found] = (await call('GET', `?domain_id=${domain_id}`)).body<Pipeline[]>();
  expect(found).toMatchObject({ id, name: 'HubSpot Contacts (Production)', domain_id, last_run_status: null });
  expect(found).not.toHaveProperty('config');

  const copy = await call('POST', `/${id}/duplicate`, { name: 'HubSpot to BigQuery (Copy)' });
  expect([copy.status, copy.body<Pipeline>().name]).toEqual([201, 'HubSpot to BigQuery (Copy)']);
  const generated = await call('POST', `/${id}/duplicate`);
  expect(generated.body<Pipeline>().name).toBe('HubSpot Contacts (Production) (Copy)');
  const ids = [id, copy.body<Pipeline>().id, generated.body<Pipeline>().id];
  expect(new Set(ids).size).toBe(3);

  for (const each of ids) {
    const gone = await call('DELETE', `/${each}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    await eventually('its end', async () => (await call('GET', `/${each}`)).status === 404);
  }
});

test('an answer that is changed and sent back: the change counts, wherever it stands', async () => {
  const made = await call('POST', '', { ...EXAMPLE, name: 'Round trip', config: { ...EXAMPLE.config, name: 'trip' } });
  const { id } = made.body<Pipeline>();
  type Answer = Record<string, unknown> & { config: Record<string, unknown> & { source: object; batch?: object } };
  const again = async (change: (answer: Answer) => void) => {
    const answer = (await call('GET', `/${id}`)).body<Answer>();
    const before = structuredClone(answer);
    change(answer);
    const put = await call('PUT', `/${id}`, answer);
    expect(put.status).toBe(200);
    return { before, after: put.body<Answer>() };
  };
  const { before, after } = await again(() => {});
  expect([after['revision'], after.config]).toEqual([before['revision'], before.config]);
  const changes: [(answer: Answer) => void, object][] = [
    [
      ({ config }) =>
        Object.assign(config, { schedule: '0 1 * * *', enabled: false, title: 'Round', batch: { size: 9 } }),
      { schedule: '0 1 * * *', enabled: false, name: 'Round', batch_size: 9 },
    ],
    [
      (answer) => Object.assign(answer, { schedule: '0 2 * * *', enabled: true, name: 'Trip', batch_size: 8 }),
      { schedule: '0 2 * * *', enabled: true, name: 'Trip', title: 'Trip', batch_size: 8 },
    ],
    [
      (answer) => {
        answer['name'] = 'trip';
        answer['domain_id'] = 'sales';
        Object.assign(answer.config.source, { stream: 'deals' });
      },
      {
        name: 'trip',
        title: null,
        domain_name: 'sales',
        config: { source: { connector: 'hubspot', stream: 'deals' } },
      },
    ],
    [
      (answer) => Object.assign(answer, { source_id: 'shop', time_zone: 'Europe/Berlin' }),
      { time_zone: 'Europe/Berlin', config: { source: { connection: 'shop', stream: 'deals' } } },
    ],
    [
      (answer) => (answer['schedule'] = '0 3 * * *'),
      { config: { schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } } },
    ],
  ];
  for (const [change, expected] of changes) expect((await again(change)).after).toMatchObject(expected);
  await call('DELETE', `/${id}`);
});

test('config: other connectors, other ways to sign in, and what fits nowhere', async () => {
  const made = async (config: object): Promise<{ status: number; body: string; config: Pipeline['config'] }> => {
    const answer = await call('POST', '', { name: 'Other', config: { name: 'other', ...config } });
    const { config: found } = answer.body<Pipeline>();
    if (answer.status === 201) expect((await call('DELETE', `/${answer.body<Pipeline>().id}`)).status).toBe(204);
    await eventually('its end', async () => (await call('GET', '/other')).status === 404);
    return { status: answer.status, body: answer.text, config: found };
  };
  const destination = { name: 'file', config: { path: 'out.csv' } };
  const postgres = await made({
    source: {
      name: 'postgres',
      stream: 'public.orders',
      authentication: { type: 'basic', params: { username: 'reader', password: 'pw-secret' } },
      config: { host: '127.0.0.1', port: 5432, database: 'shop' },
    },
    destination,
  });
  expect([postgres.status, postgres.body]).toEqual([201, expect.not.stringContaining('pw-secret')]);
  expect(postgres.config.source).toMatchObject({
    connector: 'postgres',
    settings: { host: '127.0.0.1', user: 'reader', password: expect.stringMatching(/^\$\{secret:/) },
  });
  expect(postgres.config.source).not.toHaveProperty('settings.url');
  for (const authentication of [
    { type: 'api_key', params: { api_key: 'pat-xxx' } },
    { type: 'bearer', params: { access_token: 'pat-xxx' } },
  ]) {
    const hubspot = await made({ source: { name: 'hubspot', stream: 'contacts', authentication }, destination });
    expect([hubspot.status, hubspot.body]).toEqual([201, expect.not.stringContaining('pat-xxx')]);
    expect(hubspot.config.source).toHaveProperty('settings.token');
  }
  const odd = { type: 'bearer', params: { colour: 'red', size: 5 } };
  const wrong = await made({ source: { name: 'postgres', stream: 'a.b', authentication: odd }, destination });
  const place = '"pointer":"/config/source/authentication/params/colour"';
  expect([wrong.status, wrong.body]).toEqual([400, expect.stringContaining(place)]);
});

test('one name several times at once: everybody gets a pipeline', async () => {
  const body = {
    name: 'At once!',
    config: { source: { name: 'shop', stream: 'orders' }, destination: { name: 'analytics', stream: 'y' } },
  };
  const made = await Promise.all([1, 2, 3].map(() => call('POST', '', body)));
  expect(made.map((each) => [each.status, each.body<Pipeline>().name])).toEqual(made.map(() => [201, 'At once!']));
  expect(new Set(made.map((each) => each.body<Pipeline>().id)).size).toBe(3);
  const copies = await Promise.all([1, 2].map(() => call('POST', '/at-once/duplicate')));
  expect(copies.map(({ status }) => status)).toEqual([201, 201]);
  // In the form of a resource's name it is one, beside `config.name` never.
  const exact = { name: 'exact-name', config: body.config };
  expect((await call('POST', '', exact)).status).toBe(201);
  expect((await call('POST', '', exact)).body()).toMatchObject({ status: 409, errors: [{ pointer: '/name' }] });
  const named = await call('POST', '', { name: 'exact-name', config: { name: 'machine-name', ...body.config } });
  expect(named.body()).toMatchObject({ name: 'exact-name', config: { name: 'machine-name' } });
});

test('names in any script, and the same one twice', async () => {
  const body = {
    config: { source: { name: 'shop', stream: 'orders' }, destination: { name: 'analytics', stream: 'x' } },
  };
  for (const name of ['注文を倉庫へ', 'Заказы — склад', 'Größe & Maß', 'Orders 🚚', 'Orders 🚚']) {
    const made = await call('POST', '', { ...body, name });
    expect([made.status, made.body<Pipeline>().name]).toEqual([201, name]);
    expect((await call('GET', `/${made.body<Pipeline>().config.name}`)).body()).toMatchObject({ name });
  }
  for (const name of ['', 'x'.repeat(257), 5, null])
    expect((await call('POST', '', { ...body, name })).status).toBe(400);
});

test('GET /api/pipelines: limit, offset, domain_id', async () => {
  const all = await call('GET', '');
  const list = all.body<Pipeline[]>();
  expect(all.headers.get('x-total-count')).toBe(String(list.length));
  const part = await call('GET', '?limit=2&offset=1');
  expect(part.body<Pipeline[]>().map(({ id }) => id)).toEqual(list.slice(1, 3).map(({ id }) => id));
  expect(part.headers.get('link')).toContain('rel="next"');
  const [marketing, ...others] = (await call('GET', '?domain_id=marketing')).body<Pipeline[]>();
  expect(others).toEqual([]);
  expect(marketing).toMatchObject({
    name: 'HubSpot to BigQuery',
    schedule: '0 */6 * * *',
    enabled: true,
    domain_id: 'marketing',
    domain_name: 'Marketing',
    last_run_status: null,
    last_run_at: null,
    created_at: TIME,
  });
});

test('runs: start, list, get, logs, download', async () => {
  const started = await call('POST', '/hubspot-to-bigquery/run');
  const run = started.body<Run>();
  expect(started.status).toBe(202);
  expect(started.body()).toMatchObject({ status: 'pending', triggered_by: 'manual', created_at: TIME });
  const done = await ended(run.id);
  expect(done).toMatchObject({
    id: run.id,
    pipeline_id: expect.stringMatching(/^pl_/),
    status: 'success',
    triggered_by: 'manual',
    started_at: TIME,
    finished_at: TIME,
    error: null,
    output_file: expect.stringMatching(/\.parquet$/),
    output_file_size: expect.any(Number),
  });
  expect((await call('GET', '/hubspot-to-bigquery/runs?status=success&limit=1&offset=0')).body()).toEqual([done]);
  expect((await call('GET', '/hubspot-to-bigquery/runs?status=failed')).body()).toEqual([]);
  expect((await call('GET', '/hubspot-to-bigquery/runs?status=odd')).status).toBe(400);
  expect((await call('GET', `/runs/${run.id}/logs`)).body()).toMatchObject({ logs: expect.stringContaining(' INFO ') });

  const file = await e.server.api(`/api/pipelines/runs/${run.id}/download`);
  const bytes = Buffer.from(await file.arrayBuffer());
  expect([file.status, bytes.length]).toEqual([200, done.output_file_size]);
  expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
  expect(file.headers.get('content-type')).toBe('application/vnd.apache.parquet');
  const [listed] = (await call('GET', '?domain_id=marketing')).body<object[]>();
  expect(listed).toMatchObject({ last_run_status: 'success', last_run_at: TIME });
});

test('cancel, and the status values', async () => {
  await e.push({
    'slow.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: slow}
spec:
  source: {connector: generator, settings: {rows: 1000000000}, stream: orders}
  destination: {connector: file, settings: {path: slow.parquet}}
`,
  });
  const seen = new Set<string>();
  const { id } = (await call('POST', '/slow/run')).body<Run>();
  await eventually('that it runs', async () => {
    const { status } = (await call('GET', `/runs/${id}`)).body<Run>();
    seen.add(status);
    return status === 'running';
  });
  const cancelled = await call('POST', `/runs/${id}/cancel`);
  expect([cancelled.status, cancelled.body()]).toEqual([200, expect.objectContaining({ status: 'cancelled' })]);
  expect((await call('POST', `/runs/${id}/cancel`)).body()).toMatchObject({ status: 'cancelled' });
  const { id: failing } = (await call('POST', '/order-sync/run')).body<Run>();
  expect(await ended(failing)).toMatchObject({ status: 'failed', error: { message: expect.any(String) } });
  expect((await call('POST', `/runs/${failing}/cancel`)).status).toBe(409);
});

test('what does not exist', async () => {
  const paths = ['/nope', '/nope/runs', '/runs/run_nope', '/runs/run_nope/logs', '/runs/run_nope/download'];
  for (const path of paths) expect([path, (await call('GET', path)).status]).toEqual([path, 404]);
  expect((await call('PUT', '/nope', {})).status).toBe(404);
  expect((await call('DELETE', '/nope')).status).toBe(404);
  expect((await call('POST', '/nope/duplicate')).status).toBe(404);
  expect((await call('POST', '/nope/run')).status).toBe(404);
});
