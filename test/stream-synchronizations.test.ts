/** A destination whose connection names its synchronizations gets those types of events and no others. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newId } from '../foundation/ids.ts';
import { eventually } from './server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab } from './streams.ts';

let lab: StreamLab;
const hosts: LocalHost[] = [];
beforeEach(async () => {
  lab = await streamLab();
});
afterEach(async () => {
  for (const { host } of hosts.splice(0)) await host.drain(0);
  await lab.close();
});

const KLAVIYO = {
  connection: 'klaviyo',
  synchronizations: [{ eventType: 'order.created' }, { eventType: 'order.updated', enabled: false }],
};
const TYPES = ['order.created', 'order.updated', 'stock.low'];
const file = (path: string) => ({ connector: 'file', settings: { path, format: 'ndjson' } });
const choosy = { ...file('klaviyo.ndjson'), synchronized: KLAVIYO };
const typed = (n: number) => ({ type: TYPES[n % 3]! });

function start(options: Parameters<StreamLab['assignment']>[0]): LocalHost {
  const one = localHost();
  hosts.push(one);
  one.host.start(lab.assignment(options), 'h');
  return one;
}
const numbers = async (path: string): Promise<readonly number[]> =>
  (await lab.lines(path)).map((line) => (JSON.parse(line) as { n: number }).n);
const statusOf = async (id: string): Promise<unknown> => {
  const { status, cancelledBy, error } = (await lab.store.events.get(id))!;
  return [status, cancelledBy, error?.code ?? null];
};

it('what nobody wants is cancelled, and its record says by what', async () => {
  const appended = await lab.append(6, 0, typed);
  start({ destinations: [choosy] });
  await lab.settled(6);
  expect(await numbers('klaviyo.ndjson')).toEqual([0, 3]);
  const statuses = await Promise.all(appended.map((each) => statusOf((each as { id: string }).id)));
  const left = ['cancelled', 'synchronizations of klaviyo', null];
  expect(statuses).toEqual([['delivered', null, null], left, left, ['delivered', null, null], left, left]);
});

it('another destination gets all of them, and then they are delivered', async () => {
  const appended = await lab.append(6, 0, typed);
  start({ destinations: [choosy, file('all.ndjson')] });
  await lab.settled(6);
  expect(await numbers('klaviyo.ndjson')).toEqual([0, 3]);
  expect(await numbers('all.ndjson')).toEqual([0, 1, 2, 3, 4, 5]);
  for (const each of appended) expect(await statusOf((each as { id: string }).id)).toEqual(['delivered', null, null]);
});

it('what is left out goes through no transform: it fails for none, and hides nothing behind it', async () => {
  const same = (n: number) => ({ type: TYPES[n % 2 === 0 ? 1 : 0]!, payload: JSON.stringify({ n, id: 1, q: n }) });
  await lab.append(2, 0, same);
  start({
    destinations: [choosy],
    transforms: [{ set: { half: '10 / q' } }, { dedupe: { key: ['id'], window: '1h' } }],
  });
  await lab.settled(2);
  expect(await numbers('klaviyo.ndjson')).toEqual([1]);
  expect(await lab.store.events.list({ pipelineIds: [PIPELINE], status: 'failed' }, 10)).toMatchObject({ events: [] });
});

it('a person who cancelled it stays named', async () => {
  const [first] = await lab.append(1, 1, typed);
  const { id } = first as { id: string };
  await lab.store.events.cancel(id, 'ada', Date.now());
  start({ destinations: [choosy] });
  await lab.settled(1);
  expect(await statusOf(id)).toEqual(['cancelled', 'ada', null]);
});

it('a replay says of them that nobody wants them', async () => {
  await lab.append(2, 0, typed);
  start({ destinations: [choosy] });
  await lab.settled(2);
  const id = newId('rpl');
  await lab.store.events.createReplay({
    id,
    pipelineId: PIPELINE,
    selection: { kind: 'window', from: 0, to: Date.now() + 1000 },
    eventsPerSecond: 1000,
    createdBy: 'ada',
    createdAt: Date.now(),
  });
  const job = await eventually('the replay ended', async () => {
    const now = await lab.store.events.replay(id);
    return now?.finishedAt == null ? null : now;
  });
  expect(job).toMatchObject({ status: 'success', total: 2, delivered: 1, failed: 1 });
  expect(job.error).toMatchObject({
    code: 'event_refused',
    message: "no destination wants it: the synchronization 'order.updated' of the connection 'klaviyo' is disabled",
  });
  expect(await numbers('klaviyo.ndjson')).toEqual([0, 0]);
});
