/** Streams that start, change, drain, die and follow each other: nothing is lost, and little comes twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './server.ts';
import {
  hostProcess,
  localHost,
  PIPELINE,
  streamLab,
  type HostProcess,
  type LocalHost,
  type StreamLab,
} from './streams.ts';
import { startHttpServer, type Behaviour, type TestHttpServer } from './servers/http.ts';
import { text } from './servers/http-behaviours.ts';
import type { Connector, StreamRecord } from '../runner/ports.ts';
import { Type } from 'typebox';

let lab: StreamLab;
let server: TestHttpServer;
const hosts: LocalHost[] = [];
const processes: HostProcess[] = [];
beforeEach(async () => {
  lab = await streamLab();
  server = await startHttpServer({ '/in': (request, response) => taking(request, response) });
  taken.length = 0;
});
afterEach(async () => {
  for (const { host } of hosts.splice(0)) await host.drain(0);
  for (const { child, ended } of processes.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await server.close();
  await lab.close();
});

const newHost = (...args: Parameters<typeof localHost>): LocalHost => {
  const one = localHost(...args);
  hosts.push(one);
  return one;
};
const newProcess = (): HostProcess => {
  const one = hostProcess();
  processes.push(one);
  return one;
};
const ok = text('', {}, 204);
const taken: number[] = [];
const taking: Behaviour = ({ body }, response) => {
  for (const line of body.split('\n')) if (line !== '') taken.push((JSON.parse(line) as { n: number }).n);
  return ok({ body } as never, response);
};
const slowly =
  (ms: number): Behaviour =>
  (request, response) =>
    void setTimeout(() => void taking(request, response), ms);
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const http = () => ({
  connector: 'http',
  settings: { url: server.url, write: { per: 'batch', body: 'ndjson' } },
  stream: 'in',
});

/** A destination in the process of the test that keeps what it is given; `slow` milliseconds for each batch. */
function keeping(slow: (batch: readonly StreamRecord[]) => number = () => 0): {
  readonly connector: Connector;
  readonly batches: (readonly StreamRecord[])[];
  readonly underWay: () => number;
} {
  const batches: (readonly StreamRecord[])[] = [];
  let underWay = 0;
  const write = async (records: readonly StreamRecord[]): Promise<{ failed: [] }> => {
    underWay += 1;
    await new Promise((resolve) => setTimeout(resolve, slow(records)));
    underWay -= 1;
    batches.push(records);
    return { failed: [] };
  };
  const connector: Connector = {
    name: 'keeping',
    title: 'Keeping',
    summary: 'Keeps.',
    settings: Type.Object({}, { additionalProperties: false }),
    examples: [],
    modes: ['append'],
    destination: () => ({ stream: async () => ({ write, close: () => Promise.resolve() }) }),
    check: () => Promise.resolve({ ok: true, message: '' }),
  };
  return { connector, batches, underWay: () => underWay };
}

describe('batches', () => {
  it('go when they are full, and else when the interval has passed', async () => {
    const { connector, batches } = keeping();
    const { host, said } = newHost([connector]);
    const batch = { size: 10, intervalMs: 500 };
    host.start(lab.assignment({ destinations: [{ connector: 'keeping' }], batch }), 'h');
    await said.until('running');
    const at = performance.now();
    await lab.append(25);
    await eventually('the full batches went', async () => batches.length === 2);
    await lab.settled(25);
    expect(performance.now() - at).toBeGreaterThan(450);
    expect(batches.map((records) => records.length)).toEqual([10, 10, 5]);
  });

  it('of different keys go side by side, those of one key in order', async () => {
    const seen: string[] = [];
    let most = 0;
    const { connector, batches, underWay } = keeping((records) => {
      most = Math.max(most, underWay());
      for (const { event } of records) seen.push(`${event.key}`);
      return 5 + Math.random() * 20;
    });
    const { host } = newHost([connector]);
    await lab.append(600, 0, (n) => ({ key: `k${n % 7}` }));
    const delivery = { concurrency: 4, order: 'key' as const };
    host.start(lab.assignment({ destinations: [{ connector: 'keeping' }], batch: { size: 20 }, delivery }), 'h');
    await lab.settled(600);
    expect(most).toBeGreaterThan(1);
    const arrived = batches.flat();
    expect(arrived).toHaveLength(600);
    for (let key = 0; key < 7; key++) {
      const order = arrived.filter(({ event }) => event.key === `k${key}`).map(({ row }) => row['n'] as number);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });
});

describe('a host that is killed', () => {
  it('leaves its events to the next one; at most the batch under way comes twice', async () => {
    server.on('/in', slowly(30));
    await lab.append(400);
    const options = { destinations: [http()], batch: { size: 20 }, leaseMs: 1000 };
    let kills = 0;
    for (; kills < 2; kills++) {
      const before = taken.length;
      const one = newProcess();
      one.send({ type: 'start', assignment: lab.assignment(options), hash: 'h' });
      await eventually('some events arrived', async () => taken.length > before + 50);
      one.child.kill('SIGKILL');
      await one.ended;
    }
    const last = newProcess();
    last.send({ type: 'start', assignment: lab.assignment(options), hash: 'h' });
    await lab.settled(400);
    expect([...new Set(taken)].sort((a, b) => a - b)).toEqual(numbers(0, 400));
    expect(taken.length - 400).toBeLessThanOrEqual(kills * 20);
  });

  it('ends by itself when its controller is gone', async () => {
    const one = newProcess();
    one.send({ type: 'start', assignment: lab.assignment({ destinations: [http()] }), hash: 'h' });
    await lab.append(5);
    await lab.settled(5);
    one.child.disconnect();
    expect(await one.ended).toBe(0);
    // Its lease was given back: the next one need not wait for it.
    const { host, said } = newHost();
    host.start(lab.assignment({ destinations: [http()] }), 'h');
    await said.until('running');
  });
});

describe('two hosts on one store', () => {
  it('never deliver at the same time: one stands by and takes over', async () => {
    const assignment = lab.assignment({ destinations: [http()], leaseMs: 1000, batch: { size: 10 } });
    const first = newHost();
    first.host.start(assignment, 'h');
    await first.said.until('running');
    const second = newHost();
    second.host.start(assignment, 'h');
    await second.said.until('standby');
    await lab.append(50);
    await lab.settled(50);
    first.host.receive({ type: 'stop', pipelineId: PIPELINE, deadlineMs: 1000 });
    await second.said.until('running');
    await lab.append(50, 50);
    await lab.settled(100);
    expect(taken).toEqual(numbers(0, 100));
  });
});

describe('a change of the definition', () => {
  it('drains the stream and goes on at the offset, without loss, repetition or disorder', async () => {
    server.on('/in', slowly(20));
    const { host, said } = newHost();
    const batch = { size: 7 };
    host.start(lab.assignment({ destinations: [http()], batch }), 'h1');
    await lab.append(60);
    await eventually('it is under way', async () => taken.length > 10);
    host.start(
      lab.assignment({ destinations: [http()], batch, revision: 'r2', transforms: [{ set: { v: '2' } }] }),
      'h2',
    );
    await lab.append(60, 60);
    await lab.settled(120);
    expect(taken).toEqual(numbers(0, 120));
    expect(said.states.map(({ state, hash }) => `${state} ${hash}`)).toEqual([
      'starting h1',
      'running h1',
      'draining h1',
      'ended h1',
      'starting h2',
      'running h2',
    ]);
    const versions = server.requests.map(({ body }) => body.includes('"v"'));
    const change = versions.indexOf(true);
    expect(change).toBeGreaterThan(0);
    expect(versions.slice(change)).not.toContain(false);
  });

  it('does not wait for a destination that hangs longer than the deadline', async () => {
    server.on('/in', () => undefined);
    const { host, said } = newHost();
    host.start(lab.assignment({ destinations: [http()] }), 'h1');
    await lab.append(3);
    await eventually('it hangs', async () => server.requests.length > 0);
    host.receive({ type: 'stop', pipelineId: PIPELINE, deadlineMs: 200 });
    await said.until('ended');
    expect(await lab.committed()).toBe(0);
    server.on('/in', taking);
    host.start(lab.assignment({ destinations: [http()] }), 'h2');
    await lab.settled(3);
    expect(taken).toEqual([0, 1, 2]);
  });
});

describe('a declaration that cannot work', () => {
  it.each<[string, object, string]>([
    ['a reference that leads nowhere', { settings: { url: '${env:NOT_THERE}' } }, 'reference_not_found'],
    ['wrong settings', { settings: { nonsense: 1 } }, 'invalid_settings'],
    ['an unknown connector', { connector: 'htpp' }, 'reference_not_found'],
  ])('%s stalls the stream', async (_name, change, code) => {
    const { host, said } = newHost();
    host.start(lab.assignment({ destinations: [{ ...http(), ...change }] }), 'h');
    expect((await said.until('stalled')).error?.code).toBe(code);
  });
});

describe('what is remembered', () => {
  it('is there again after a restart: dedupe sees the last window', async () => {
    const options = {
      destinations: [http()],
      transforms: [{ dedupe: { key: ['n'], keep: 'first' as const, window: '1h' } }],
    };
    const one = newHost();
    one.host.start(lab.assignment(options), 'h');
    await lab.append(5);
    await lab.settled(5);
    await one.host.drain(1000);
    await lab.append(6);
    newHost().host.start(lab.assignment(options), 'h');
    await lab.settled(11);
    expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('secrets', () => {
  it('are in no message, log or attempt', async () => {
    const secret = 'hush-hush-4711';
    server.on('/in', text(`you said ${secret}`, {}, 503));
    const { host, said } = newHost([], { KEY: secret });
    const settings = { url: server.url, headers: { 'x-key': '${env:KEY}' } };
    host.start(lab.assignment({ destinations: [{ connector: 'http', settings, stream: 'in' }] }), 'h');
    const [event] = await lab.append(1);
    const id = event!.result === 'conflict' ? '' : event!.id;
    const attempts = await eventually('attempts are noted', async () => {
      const found = await lab.store.events.attempts(id);
      return found.length > 0 && found;
    });
    expect(server.requests[0]!.headers['x-key']).toBe(secret);
    expect(attempts[0]!.response).toContain('you said ${env:KEY}');
    expect(JSON.stringify([attempts, said.messages])).not.toContain(secret);
  });
});
