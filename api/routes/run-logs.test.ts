import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { bearer, connect } from '../testing/raw.ts';
import { addRun, finishRun, logLines, startRun } from '../testing/runs.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { streams: 2 } });
});
afterAll(() => t.close());

interface Logs {
  readonly logs: string;
  readonly last_seq: number;
  readonly has_more: boolean;
}

async function runningWith(lines: number): Promise<string> {
  const run = await addRun(t.store);
  await startRun(t.store, run.id);
  await t.store.runs.appendLogs(run.id, logLines(lines));
  return run.id;
}

/** A live answer, read piece by piece. */
async function open(
  path: string,
  headers: Record<string, string> = {},
): Promise<{
  status: number;
  type: string;
  until: (text: string) => Promise<string>;
  rest: () => Promise<string>;
  drop: () => void;
}> {
  const control = new AbortController();
  const response = await fetch(`${t.api.url}${path}`, {
    signal: control.signal,
    headers: { authorization: `Bearer ${t.client.token}`, ...headers },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const read = async (enough: () => boolean): Promise<string> => {
    while (!enough()) {
      const { done, value } = await reader.read();
      if (done) break;
      seen += value;
    }
    return seen;
  };
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    until: (text) => read(() => seen.includes(text)),
    rest: () => read(() => false),
    drop: () => control.abort(),
  };
}

test('JSON holds the lines, in pages', async () => {
  const id = await runningWith(1200);
  const first = (await t.client.get(`/v1/runs/${id}/logs`)).body<Logs>();
  expect(first.logs.split('\n')).toHaveLength(1001);
  expect(first.logs).toMatch(/^2023-11-14T22:13:20\.000Z INFO line 0\n/);
  expect(first.has_more).toBe(true);
  const second = (await t.client.get(`/v1/pipelines/runs/${id}/logs?after=${first.last_seq}&limit=200`)).body<Logs>();
  expect(second.logs).toContain('line 1000\n');
  expect(second.logs.trimEnd().endsWith('line 1199')).toBe(true);
  expect(second.has_more).toBe(false);
  const empty = (await t.client.get(`/v1/runs/${id}/logs?after=${second.last_seq}`)).body<Logs>();
  expect(empty).toMatchObject({ logs: '', last_seq: second.last_seq, has_more: false });
});

test('text holds all lines', async () => {
  const id = await runningWith(1200);
  const { text, headers } = await t.client.get(`/v1/runs/${id}/logs`, { accept: 'text/plain' });
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(text.trimEnd().split('\n')).toHaveLength(1200);
});

test('followed text goes on until the run ends', async () => {
  const id = await runningWith(2);
  const stream = await open(`/v1/runs/${id}/logs?follow=true`);
  expect(stream.type).toContain('text/plain');
  await stream.until('line 1\n');
  await t.store.runs.appendLogs(id, logLines(1, 2));
  await stream.until('line 2\n');
  await t.store.runs.appendLogs(id, logLines(1, 3));
  await finishRun(t.store, id);
  expect((await stream.rest()).match(/line \d/g)).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
});

test('events carry lines, changes of the run, and its end', async () => {
  const id = await runningWith(2);
  const stream = await open(`/v1/runs/${id}/logs`, { accept: 'text/event-stream' });
  expect(stream.type).toContain('text/event-stream');
  await stream.until('"line 1"');
  await t.store.runs.heartbeat(id, 1, Date.now() + 9000, { stage: 'transform', rowsProcessed: 42 });
  await stream.until('"rows_processed":42');
  await finishRun(t.store, id);
  const text = await stream.rest();
  const events = text.split('\n\n').filter(Boolean);
  expect(events[0]).toBe('retry: 1000');
  expect(events.at(-1)).toMatch(/^event: end\ndata: {.*"status":"success"/);
  expect(text.match(/^id: \d+$/gm)).toHaveLength(2);
});

test('a client that comes back misses nothing and sees nothing twice', async () => {
  const id = await runningWith(3);
  const first = await open(`/v1/runs/${id}/logs`, { accept: 'text/event-stream' });
  const seen = await first.until('"line 1"');
  first.drop();
  const lastId = /id: (\d+)\nevent: log\ndata: {[^}]*"line 1"/.exec(seen)![1]!;
  await finishRun(t.store, id);
  const second = await open(`/v1/runs/${id}/logs`, { accept: 'text/event-stream', 'last-event-id': lastId });
  expect((await second.rest()).match(/"line \d"/g)).toEqual(['"line 2"']);
});

test('live streams are counted, and given back', async () => {
  const id = await runningWith(1);
  const streams = [await open(`/v1/runs/${id}/logs?follow=true`), await open(`/v1/runs/${id}/logs?follow=true`)];
  const refused = await t.client.get(`/v1/runs/${id}/logs?follow=true`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  streams[0]!.drop();
  await expect
    .poll(async () => {
      const next = await open(`/v1/runs/${id}/logs?follow=true`);
      next.drop();
      return next.status;
    })
    .toBe(200);
  streams[1]!.drop();
});

test('a slow reader makes the server wait, not fill its memory', async () => {
  const run = await addRun(t.store);
  await startRun(t.store, run.id);
  const message = 'x'.repeat(10_000);
  for (let i = 0; i < 20; i++) {
    await t.store.runs.appendLogs(
      run.id,
      Array.from({ length: 250 }, () => ({ at: 0, level: 'info', message })),
    );
  }
  const reads: number[] = [];
  const original = t.store.runs.logs.bind(t.store.runs);
  t.store.runs.logs = async (id, after, limit) => {
    reads.push(after);
    return original(id, after, limit);
  };
  try {
    const response = await fetch(`${t.api.url}/v1/runs/${run.id}/logs`, {
      headers: { authorization: `Bearer ${t.client.token}`, accept: 'text/plain' },
    });
    const reader = response.body!.getReader();
    await reader.read();
    const early = reads.length;
    expect(early).toBeLessThan(10);
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) size += part.value.length;
    expect(size).toBeGreaterThan(49_000_000);
    expect(reads.length).toBeGreaterThan(early);
  } finally {
    t.store.runs.logs = original;
  }
});

test('a client that takes nothing is cut off, one that hears nothing is not', async () => {
  const other = await startTestApi({ limits: { streams: 2, stallMs: 1000 } });
  const follow = async (run: string): Promise<Response> =>
    fetch(`${other.api.url}/v1/runs/${run}/logs?follow=true`, {
      headers: { authorization: `Bearer ${other.client.token}`, accept: 'text/plain' },
    });
  try {
    const quiet = await addRun(other.store);
    await startRun(other.store, quiet.id);
    await other.store.runs.appendLogs(quiet.id, logLines(1));
    const heard = await follow(quiet.id);
    const loud = await addRun(other.store);
    await startRun(other.store, loud.id);
    const message = 'x'.repeat(10_000);
    const lines = Array.from({ length: 4000 }, () => ({ at: 0, level: 'info' as const, message }));
    await other.store.runs.appendLogs(loud.id, lines);
    const stalled = await connect(other.api.url);
    stalled.write(`GET /v1/runs/${loud.id}/logs?follow=true HTTP/1.1\r\n${bearer(other)}\r\n`);
    await once(stalled, 'data');
    stalled.pause();
    expect((await follow(quiet.id)).status).toBe(503);
    await expect.poll(async () => (await follow(quiet.id)).status, { timeout: 15_000 }).toBe(200);
    await other.store.runs.appendLogs(quiet.id, [{ at: 0, level: 'info', message: 'still there' }]);
    let text = '';
    for await (const part of heard.body!) {
      text += Buffer.from(part).toString();
      if (text.includes('still there')) break;
    }
    expect(text).toContain('still there');
    stalled.destroy();
  } finally {
    await other.close();
  }
});

test.each([
  ['/v1/runs/run_none/logs', {}, 404],
  ['?after=-1', {}, 400],
  ['?limit=100000', {}, 400],
  ['?follow=perhaps', {}, 400],
  ['', { 'last-event-id': 'x', accept: 'text/event-stream' }, 400],
])('%s with %j is refused', async (path, headers, status) => {
  const id = await runningWith(1);
  const full = path.startsWith('/') ? path : `/v1/runs/${id}/logs${path}`;
  expect((await t.client.get(full, headers as Record<string, string>)).status).toBe(status);
});

test('HEAD answers without a body and holds no stream open', async () => {
  const id = await runningWith(1);
  for (let i = 0; i < 5; i++) {
    const answer = await t.client.call('HEAD', `/v1/runs/${id}/logs?follow=true`);
    expect([answer.status, answer.text]).toEqual([200, '']);
  }
});
