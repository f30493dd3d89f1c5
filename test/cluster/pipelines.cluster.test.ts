/** What a platform engineer does: install the chart, apply pipelines with kubectl, see data arrive, edit, pause, roll back, delete. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { images, install, missingImages, type Installation } from './installation.ts';
import { apply, kubectl } from './kubectl.ts';
import { startSink, type Sink } from './sink.ts';

const cluster = testCluster();
const nodes = await cluster.list(NODE);
const why = nodes.items.length === 0 ? 'the cluster has no node' : missingImages(process.env);

/** How soon `kubectl get` shows the truth, in milliseconds. */
const SOON = { timeout: 2000, interval: 100 };
/** What takes a Pod, or several. */
const POD = { timeout: 60_000, interval: 200 };

describe.skipIf(why !== null)(`pipelines in a cluster (${why ?? 'with a node'})`, () => {
  let home: TestNamespace;
  let shop: TestNamespace;
  let headgate: Installation;
  let sink: Sink;

  beforeAll(async () => {
    const using = images(process.env);
    home = await testNamespace(cluster, 'hg-home');
    shop = await testNamespace(cluster, 'hg-shop');
    sink = await startSink(cluster, shop.name, using.headgate);
    // The sink has an address of the cluster, which pipelines may not reach unless they are let.
    const values = { extraArgs: ['--allow-network=0.0.0.0/0'], controller: { replicas: 2 } };
    headgate = await install(home.name, values, using);
  }, 240_000);
  afterAll(async () => {
    await shop?.remove();
    await headgate?.remove();
    await home?.remove();
    await cluster.close();
  });

  const batch = (more = ''): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  source: {connector: generator, settings: {rows: 1000}, stream: orders}
  transforms:
    - filter: id <= 100
${more}
  destination: {connector: http, settings: {url: "${sink.urlOf('orders')}", format: json}}
`;
  const live = (more = ''): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: clicks}
spec:
  source: {connector: events}
  transforms:
    - filter: n >= 0
${more}
  destination: {connector: http, settings: {url: "${sink.urlOf('clicks')}", format: json}}
  batch: {size: 10, interval: 100ms}
`;
  const get = async (path: string): Promise<string> =>
    (await kubectl(['get', '-n', shop.name, 'pipelines', '-o', `jsonpath=${path}`])).trim();
  const of = (name: string, path: string): Promise<string> => get(`{.items[?(@.metadata.name=="${name}")]${path}}`);
  const phase = (name: string): Promise<string> => of(name, '.status.phase');
  async function run(name: string): Promise<void> {
    const wish = `apiVersion: headgate.dev/v1alpha1\nkind: Run\nmetadata: {name: ${name}}\nspec: {pipeline: orders}\n`;
    await apply(shop.name, wish);
    await kubectl(['wait', '-n', shop.name, `run/${name}`, '--for=condition=Ready', '--timeout=60s']);
  }
  async function emit(from: number, count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => ({
      pipeline_id: 'clicks',
      event_type: 'click',
      idempotency_key: `click-${from + index}`,
      payload: { n: from + index },
    }));
    const answer = await headgate.api(`/v1/events?workspace=${shop.name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect(await answer.text().then((text) => [answer.status, text])).toEqual([
      200,
      expect.stringContaining('accepted'),
    ]);
  }
  const clicks = async (): Promise<number[]> => (await sink.records('clicks')).map(({ n }) => Number(n));
  const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  it('a batch pipeline is Ready at once, and a Run moves its data', async () => {
    await apply(shop.name, batch());
    await expect.poll(() => phase('orders'), SOON).toBe('active');
    await run('first');
    expect(await sink.records('orders')).toHaveLength(100);
    await expect.poll(() => of('orders', '.status.lastRun.status'), SOON).toBe('success');
    const shown = await kubectl(['get', 'pipelines', '-n', shop.name]);
    expect(shown).toMatch(/^NAME\s+READY\s+STATUS/);
    expect(shown).toMatch(/orders\s+True\s+active/);
    const told = await kubectl(['describe', 'pipeline', 'orders', '-n', shop.name]);
    expect(told).toMatch(/RunSucceeded/);
  }, 120_000);

  it('what is edited counts from the next run on, and is rolled back the same way', async () => {
    await sink.clear('orders');
    await apply(shop.name, batch('    - filter: id <= 40'));
    await run('edited');
    expect(await sink.records('orders')).toHaveLength(40);
    await sink.clear('orders');
    await apply(shop.name, batch());
    await run('rolled-back');
    expect(await sink.records('orders')).toHaveLength(100);
  }, 120_000);

  it('a stream pipeline delivers its events, once and in order, over an edit and a lost Pod', async () => {
    await apply(shop.name, live());
    await expect.poll(() => of('clicks', '.status.conditions[?(@.type=="Ready")].status'), POD).toBe('True');
    await emit(0, 50);
    await expect.poll(clicks, POD).toEqual(range(50));
    await apply(shop.name, live('    - set: {edited: "true"}'));
    await emit(50, 50);
    await expect.poll(clicks, POD).toEqual(range(100));
    await kubectl([
      'delete',
      'pods',
      '-n',
      shop.name,
      '-l',
      'app.kubernetes.io/component=stream',
      '--force',
      '--grace-period=0',
    ]);
    await emit(100, 50);
    await expect.poll(async () => [...new Set(await clicks())], POD).toEqual(range(150));
    // What was under way at the kill may have come twice, and no more than that.
    expect((await clicks()).length).toBeLessThanOrEqual(160);
  }, 180_000);

  it('paused: nothing is delivered; resumed: nothing was lost', async () => {
    const before = (await clicks()).length;
    await kubectl(['annotate', 'pipeline', 'clicks', '-n', shop.name, 'headgate.dev/paused=true']);
    await expect.poll(() => phase('clicks'), POD).toBe('paused');
    await emit(150, 20);
    expect((await clicks()).length).toBe(before);
    await kubectl(['annotate', 'pipeline', 'clicks', '-n', shop.name, 'headgate.dev/paused-']);
    await expect.poll(async () => [...new Set(await clicks())], POD).toEqual(range(170));
    await expect.poll(() => phase('clicks'), POD).toBe('active');
  }, 120_000);

  it('what is wrong is said where people look', async () => {
    await apply(
      shop.name,
      batch()
        .replace('name: orders', 'name: lost')
        .replace('connector: generator', 'connection: nowhere')
        .replace('settings: {rows: 1000}, ', ''),
    );
    await expect
      .poll(() => of('lost', '.status.conditions[?(@.type=="Ready")].message'), SOON)
      .toMatch(/'nowhere' does not exist/);
    await kubectl(['delete', 'pipeline', 'lost', '-n', shop.name]);
  }, 60_000);

  it('an upgrade of the controller stops nothing', async () => {
    await headgate.upgrade({ pod: { annotations: { upgraded: 'yes' } } });
    await emit(170, 30);
    await expect.poll(async () => [...new Set(await clicks())], POD).toEqual(range(200));
  }, 180_000);

  it('a deleted pipeline delivers what it accepted, and leaves nothing', async () => {
    await emit(200, 30);
    await kubectl(['delete', 'pipeline', 'clicks', 'orders', '-n', shop.name, '--timeout=60s']);
    expect([...new Set(await clicks())]).toEqual(range(230));
    const left = async (): Promise<string> =>
      kubectl([
        'get',
        'jobs,deployments,pods',
        '-n',
        shop.name,
        '-l',
        'app.kubernetes.io/managed-by=headgate',
        '-o',
        'name',
      ]);
    await expect.poll(left, POD).toBe('');
  }, 120_000);
});
