/** Destinations that fail in every way they can: nothing is lost, and no pipeline disturbs another. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventRecord } from '../store/event-ports.ts';
import { eventually } from './server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab, type StreamOptions } from './streams.ts';
import { startHttpServer, type Behaviour, type SeenRequest, type TestHttpServer } from './servers/http.ts';
import { inTurn, reset, silence, text } from './servers/http-behaviours.ts';

let lab: StreamLab;
let server: TestHttpServer;
let local: LocalHost;
beforeEach(async () => {
  lab = await streamLab();
  server = await startHttpServer({ '/in': ok });
  local = localHost();
});
afterEach(async () => {
  await local.host.drain(0);
  await server.close();
  await lab.close();
});

const ok = text('', {}, 204);
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const numbersOf = ({ body }: SeenRequest): readonly number[] =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { n: number }).n);
/** What arrived and was answered with 2xx, in order. */
const taken: number[] = [];
beforeEach(() => void (taken.length = 0));
const taking: Behaviour = (request, response) => {
  taken.push(...numbersOf(request));
  return ok(request, response);
};

/** One request per event. */
const perEvent = (path = 'in') => ({ connector: 'http', settings: { url: server.url }, stream: path });
/** All events of a batch in one request. */
const perBatch = (path = 'in') => ({
  connector: 'http',
  settings: { url: server.url, timeout: '500ms', write: { per: 'batch', body: 'ndjson' } },
  stream: path,
});
const start = (options: Partial<StreamOptions> = {}): void =>
  local.host.start(lab.assignment({ destinations: [perBatch()], ...options }), 'h1');

const deadLetters = async (): Promise<readonly EventRecord[]> => {
  const { events } = await lab.store.events.list({ pipelineIds: [PIPELINE], status: 'failed' }, 100);
  return events.toReversed();
};

describe('a destination that is down', () => {
  it.each<[string, Behaviour]>([
    ['answers 500', text('oh', {}, 500)],
    ['answers 503', text('', {}, 503)],
    ['resets the connection', reset()],
    ['never answers', silence()],
    ['asks for something else', text('', {}, 401)],
  ])('%s: the pipeline waits, and goes on by itself without any loss', async (_name, failing) => {
    server.on('/in', failing);
    // Of one key: without one, the event that finds the destination up again may overtake those before it.
    await lab.append(3, 0, () => ({ key: 'one' }));
    start();
    const waiting = await local.said.until('waiting');
    expect(waiting.error?.code).toMatch(/^destination_(failed|unreachable)$/);
    expect(await lab.committed()).toBe(0);
    server.on('/in', taking);
    await lab.settled(3);
    expect(taken).toEqual([0, 1, 2]);
    expect(await deadLetters()).toEqual([]);
    await local.said.until('running');
  });

  it('that says when to come back is not asked before', async () => {
    server.on('/in', inTurn(text('', { 'retry-after': '1' }, 429), taking));
    await lab.append(1);
    start();
    await lab.settled(1);
    const [first, second] = server.requests;
    expect(second!.at - first!.at).toBeGreaterThan(950);
  });

  it.each([
    ['without keys', 14, () => ({})],
    ['of one key', 7, () => ({ key: 'one' })],
    ['of some keys', 12, (n: number) => ({ key: `k${n % 3}` })],
  ])('that comes back while a batch is taken apart costs no event %s', async (_name, most, more) => {
    for (let failures = 3; failures <= most; failures++) {
      const id = `pl_${failures}`;
      const failing = Array.from({ length: failures }, () => text('oh', {}, 500));
      server.on('/in', inTurn(...failing, taking));
      taken.length = 0;
      await lab.append(10, 0, (n) => ({ ...more(n), pipelineId: id }));
      start({ id });
      await lab.settled(10, id);
      expect([...taken].sort((a, b) => a - b)).toEqual(numbers(0, 10));
      for (const key of new Set(numbers(0, 10).map((n) => JSON.stringify(more(n))))) {
        const own = taken.filter((n) => JSON.stringify(more(n)) === key);
        if (key !== '{}') expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    }
  });

  it('is not asked for each event of a batch again and again', async () => {
    server.on('/in', text('oh', {}, 500));
    await lab.append(100);
    start();
    const batches = (): number[] => server.requests.flatMap((each, at) => (numbersOf(each).length > 1 ? [at] : []));
    await eventually('some tries', async () => batches().length > 9);
    const between = batches().map((at, index, all) => at - (all[index - 1] ?? at));
    // Three tries of the batch, each event once, and then a few at a time.
    expect(between.slice(0, 4)).toEqual([0, 1, 1, 101]);
    for (const requests of between.slice(4)) expect(requests).toBeLessThanOrEqual(13);
    server.on('/in', taking);
    await lab.settled(100);
    expect([...taken].sort((a, b) => a - b)).toEqual(numbers(0, 100));
    expect(await deadLetters()).toEqual([]);
  });

  it('shows its attempts while it is stuck', async () => {
    server.on('/in', text('secret-answer', {}, 503));
    const [event] = await lab.append(1);
    start();
    const id = event!.result === 'conflict' ? '' : event!.id;
    const attempts = await eventually('attempts are noted', async () => {
      const found = await lab.store.events.attempts(id);
      return found.length > 0 && found;
    });
    expect(attempts[0]).toMatchObject({ outcome: 'failed', destination: 'destination-0', revision: 'r1', attempt: 1 });
    expect(attempts[0]!.error?.code).toBe('destination_unreachable');
    expect(attempts[0]!.response).toContain('503');
  });

  it('does not keep a stuck event from being cancelled', async () => {
    server.on('/in', text('', {}, 503));
    const [event] = await lab.append(2);
    start();
    await local.said.until('waiting');
    await lab.store.events.cancel(event!.result === 'conflict' ? '' : event!.id, 'me', Date.now());
    // A try that had begun before may still have it.
    await eventually('it is tried without that event', async () => numbersOf(server.requests.at(-1)!).length === 1);
    server.on('/in', taking);
    await lab.settled(2);
    expect(taken).toEqual([1]);
    const { events } = await lab.store.events.list({ pipelineIds: [PIPELINE], status: 'cancelled' }, 10);
    expect(events.map(({ payload }) => payload)).toEqual([{ n: 0 }]);
  });

  it('leaves other pipelines alone', async () => {
    server.on('/down', silence());
    server.on('/in', taking);
    start({ destinations: [perBatch('down')] });
    local.host.start(lab.assignment({ id: 'pl_other', destinations: [perBatch()] }), 'h2');
    await lab.append(1);
    await lab.append(50, 0, () => ({ pipelineId: 'pl_other' }));
    await lab.settled(50, 'pl_other');
    expect(taken).toEqual(numbers(0, 50));
    expect(await lab.committed()).toBe(0);
  });

  it('for good (410) stalls the pipeline', async () => {
    server.on('/in', text('', {}, 410));
    await lab.append(1);
    start();
    expect((await local.said.until('stalled')).error?.code).toBe('destination_gone');
    expect(await lab.committed()).toBe(0);
    local.host.receive({ type: 'stop', pipelineId: PIPELINE, deadlineMs: 1000 });
    await local.said.until('ended');
    server.on('/in', taking);
    start();
    await lab.settled(1);
    expect(taken).toEqual([0]);
  });
});

describe('events that fail while others get through', () => {
  it('become dead letters when the destination refuses them', async () => {
    server.on('/in', (request, response) => {
      const [n = 0] = numbersOf(request);
      return n % 10 === 3 ? text('no', {}, 422)(request, response) : taking(request, response);
    });
    await lab.append(25);
    start({ destinations: [perEvent()] });
    await lab.settled(25);
    expect(taken).toEqual(numbers(0, 25).filter((n) => n % 10 !== 3));
    const dead = await deadLetters();
    expect(dead.map(({ payload }) => payload)).toEqual([{ n: 3 }, { n: 13 }, { n: 23 }]);
    expect(dead[0]!.error?.message).toContain('422');
    expect(dead[0]!.attemptCount).toBe(1);
  });

  it('are found by taking the batch apart, and the order of each key holds', async () => {
    // A batch with the bad one is not taken; key b waits for its fate.
    server.on('/in', (request, response) =>
      request.body.includes('{"n":4}') ? text('bad', {}, 500)(request, response) : taking(request, response),
    );
    await lab.append(9, 0, (n) => ({ key: n % 2 === 0 ? 'even' : 'odd' }));
    start();
    await lab.settled(9);
    expect(taken).toHaveLength(8);
    expect(taken.filter((n) => n % 2 === 0)).toEqual([0, 2, 6, 8]);
    expect(taken.filter((n) => n % 2 === 1)).toEqual([1, 3, 5, 7]);
    expect((await deadLetters()).map(({ payload, attemptCount }) => [payload, attemptCount])).toEqual([[{ n: 4 }, 4]]);
  });

  it('are found in a quiet pipeline, too, as soon as another event comes', async () => {
    server.on('/in', (request, response) =>
      request.body.includes('{"n":0}') ? text('bad', {}, 500)(request, response) : taking(request, response),
    );
    await lab.append(1);
    start();
    await local.said.until('waiting');
    expect(await lab.committed()).toBe(0);
    await lab.append(3, 1);
    await lab.settled(4);
    expect(taken).toEqual([1, 2, 3]);
    expect((await deadLetters()).map(({ payload }) => payload)).toEqual([{ n: 0 }]);
    await local.said.until('running');
  });

  it('do not hold those of their own key up for ever', async () => {
    server.on('/in', (request, response) =>
      /"n":[01]}/.test(request.body) ? text('bad', {}, 500)(request, response) : taking(request, response),
    );
    await lab.append(4, 0, () => ({ key: 'one' }));
    start();
    await lab.append(2, 4, () => ({ key: 'one' }));
    await lab.settled(6);
    expect(taken).toEqual([2, 3, 4, 5]);
    expect((await deadLetters()).map(({ payload }) => payload)).toEqual([{ n: 0 }, { n: 1 }]);
  });

  it('are dead letters without a try when a transform fails or they were refused on arrival', async () => {
    server.on('/in', taking);
    await lab.append(4, 0, (n) => ({
      payload: JSON.stringify({ n, text: n === 1 ? 'x' : '1' }),
      ...(n === 2 ? { refused: { code: 'event_refused' as const, message: 'no such field' } } : {}),
    }));
    start({ transforms: [{ cast: { text: 'integer' } }] });
    await lab.settled(4);
    expect(taken).toEqual([0, 3]);
    const dead = await deadLetters();
    expect(dead.map(({ error }) => error?.code)).toEqual(['transform_failed', 'event_refused']);
    expect(dead[0]!.error?.message).toContain('transform[0].cast');
  });
});

describe('fan-out', () => {
  it('tries only the destinations again that have not confirmed; the worst status wins', async () => {
    const good: number[] = [];
    server.on('/good', (request, response) => {
      good.push(...numbersOf(request));
      return ok(request, response);
    });
    server.on('/in', text('', {}, 503));
    await lab.append(5);
    start({ destinations: [perBatch('good'), { ...perBatch(), name: 'bad' }] });
    await local.said.until('waiting');
    expect(await lab.committed()).toBe(0);
    server.on('/in', (request, response) =>
      request.body.includes('{"n":2}') ? text('', {}, 500)(request, response) : taking(request, response),
    );
    await lab.settled(5);
    expect(good).toEqual([0, 1, 2, 3, 4]);
    expect(taken).toEqual([0, 1, 3, 4]);
    expect((await deadLetters()).map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  });
});
