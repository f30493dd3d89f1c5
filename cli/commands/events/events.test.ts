import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addEvents, deadLetter, settle } from '../../../api/testing/events.ts';
import { declare, startTestApi, type TestApi } from '../../../api/testing/harness.ts';
import { countOf, eventsOf, pipelineId, stream } from '../../../api/testing/stream.ts';
import type { EventView } from '../../../api/views/event.ts';
import type { ReplayView } from '../../../api/views/replay.ts';
import { eventually } from '../../../test/server.ts';
import { Client } from '../../client.ts';
import { sendEvents, type SentEvent } from '../../send-events.ts';
import { cli, type CliOptions, type CliResult } from '../../testing/cli.ts';

let t: TestApi;
let folder: string;
beforeAll(async () => {
  t = await startTestApi();
  folder = await mkdtemp(join(tmpdir(), 'headgate-send-'));
  const names = ['orders', 'sent', 'lines', 'tailed', 'letters', 'replayed', 'shown'];
  await declare(t.resources, ...names.map((name) => stream(name)));
});
afterAll(async () => {
  await t.close();
  await rm(folder, { recursive: true, force: true });
});

/** One command line against the server. */
function events(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const env = { server: t.api.url, token: t.client.token, ...options.env };
  return cli(['events', ...argv], { cwd: folder, ...options, env });
}

const BIG = '{"id":12345678901234567890}';

describe('list and get', () => {
  it('shows events for people and programs', async () => {
    const [id] = await addEvents(t, 'orders', [{ payload: BIG, key: 'k\u001B[2J' }]);
    await addEvents(t, 'orders', [{ type: 'order.paid' }, {}]);
    const table = await events(['list', 'orders', '--type', 'order.created']);
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/^EVENT +RECEIVED +PIPELINE +TYPE +STATUS +KEY +PAYLOAD\n/);
    expect(table.out.trimEnd().split('\n')).toHaveLength(3);
    expect(table.out).toContain(BIG);
    expect(table.out).not.toContain('\u001B');
    const json = await events(['list', 'orders', '--json', '--limit', '2']);
    expect((JSON.parse(json.out) as EventView[]).map(({ event_type }) => event_type)).toEqual([
      'order.created',
      'order.paid',
    ]);
    expect((await events(['get', id!, '--json'])).out).toContain('"id": 12345678901234567890');
    expect(await events(['list', 'orders', '--to', '1h'])).toMatchObject({ code: 0, out: '', err: 'no events\n' });
  });

  it('describes one with its error and attempts', async () => {
    const [id] = await addEvents(t, 'shown', [{ payload: BIG }]);
    const attempt = {
      from: 0,
      to: 1,
      attempt: 1,
      destination: 'warehouse',
      startedAt: Date.now(),
      durationMs: 12,
      outcome: 'failed' as const,
      revision: 'c0ffee',
      error: { code: 'destination_failed' as const, message: 'answered 422' },
      request: 'POST /rows',
      response: 'no',
    };
    await settle(t, 'shown', 1, { failed: [deadLetter(0)], attempts: [attempt] });
    const { out } = await events(['get', id!]);
    expect(out).toMatch(/^Status: +failed$/m);
    expect(out).toContain('destination_failed: the row was refused\n');
    expect(out).toContain('Payload:\n  {\n    "id": 12345678901234567890\n  }\n');
    expect(out).toMatch(/warehouse +1 +failed +12ms/);
    expect(out).toContain('Request of try 1 at warehouse:\n  POST /rows\n');
  });
});

describe('send', () => {
  it('sends one event, once for a key', async () => {
    const argv = ['send', 'sent', '--type', 'order.created', '--payload', BIG, '--key', 'k', '--idempotency-key', 'x'];
    const first = await events(argv);
    expect(first).toMatchObject({ code: 0, err: '' });
    const id = /^1 event sent to sent as (ev_\w+)\n$/.exec(first.out)![1];
    expect((await events(argv)).out).toContain(id);
    expect(await eventsOf(t, 'sent')).toMatchObject([
      { id, type: 'order.created', key: 'k', payload: { id: 12345678901234567890n } },
    ]);
  });

  it('sends lines in batches, from a file or standard input', async () => {
    const lines = Array.from({ length: 1203 }, (_, n) => `{"n":${n}}`);
    const path = join(folder, 'events.ndjson');
    await writeFile(path, `${lines.join('\n')}\n\n`);
    const sent = await events(['send', 'lines', '--type', 't', '--file', 'events.ndjson', '--idempotency-key', 'a']);
    expect(sent).toMatchObject({ code: 0, out: '1,203 events sent to lines\n' });
    // Sent again with the same keys, nothing comes twice.
    const again = { input: lines.join('\r\n') };
    expect((await events(['send', 'lines', '--type', 't', '--idempotency-key', 'a'], again)).code).toBe(0);
    const stored = await eventsOf(t, 'lines');
    expect(stored.map(({ payload }) => payload['n'])).toEqual(lines.map((_, n) => n));
    const whole = { input: '{"event_type":"own","payload":{"n":1},"key":"k"}\n' };
    const json = await events(['send', 'lines', '--json'], whole);
    expect(JSON.parse(json.out)).toMatchObject({ line: 1, event_id: expect.stringMatching(/^ev_/) as string });
    expect((await eventsOf(t, 'lines')).at(-1)).toMatchObject({ type: 'own', key: 'k', payload: { n: 1 } });
  });

  it('sends lines of a pipe as they come', async () => {
    const before = await countOf(t, 'lines');
    const client = new Client({
      url: t.api.url,
      token: t.client.token,
      version: '0.0.0',
      signal: new AbortController().signal,
      unreachableHint: '',
    });
    const sent: number[] = [];
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"n":1}\n{"n":');
      // The next line comes only once the first one was taken.
      await eventually('the first line to be sent', async () => sent.length === 1);
      yield Buffer.from('2}\n');
    }
    const lines = { pipeline: 'lines', workspace: undefined, type: 'a', key: undefined };
    const note = (results: readonly SentEvent[]): void => void sent.push(...results.map(({ line }) => line));
    const keys = { idempotencyKey: (line: number) => `pipe-${line}` };
    await sendEvents(client, input(), { ...lines, ...keys }, note, new AbortController().signal);
    expect(sent).toEqual([1, 2]);
    expect(await countOf(t, 'lines')).toBe(before + 2);
  });

  it('names the lines that were refused, and keeps the others', async () => {
    const before = await countOf(t, 'lines');
    const input = '{"event_type":"a","payload":{}}\n{"event_type":"a","payload":[]}\n{"event_type":"a","payload":{}}\n';
    const result = await events(['send', 'lines'], { input });
    expect(result).toMatchObject({ code: 1, out: '2 events sent to lines\n' });
    expect(result.err).toContain('line 2: invalid_request: ');
    expect(await countOf(t, 'lines')).toBe(before + 2);
    const broken = await events(['send', 'lines', '--type', 'a'], { input: '{}\n{"a":\n{}\n' });
    expect(broken).toMatchObject({ code: 1, out: '' });
    expect(broken.err).toContain('1 event had been accepted before\n');
    expect(broken.err).toContain('line 2 is not JSON');
    expect(await countOf(t, 'lines')).toBe(before + 3);
  });

  it('tries again when the server is busy, as it asks, and makes no second event', async () => {
    const answers = [429, 503];
    let asked = 0;
    // A proxy that turns the first requests away: one before it reaches the server, one after.
    const proxy = createServer((request, response) => {
      void (async () => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        asked += 1;
        const status = answers.shift();
        const pass = (): Promise<Response> =>
          fetch(`${t.api.url}${request.url}`, {
            method: 'POST',
            headers: {
              authorization: request.headers.authorization!,
              'content-type': request.headers['content-type']!,
            },
            body: Buffer.concat(parts),
          });
        if (status === 429) return void response.writeHead(429, { 'retry-after': '0' }).end();
        const answer = await pass();
        if (status !== undefined) return void response.writeHead(status).end();
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      })();
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const before = await countOf(t, 'lines');
    const server = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const result = await events(['send', 'lines', '--type', 'a', '--server', server], { input: '{}\n{}\n' });
    proxy.close();
    expect(result).toMatchObject({ code: 0, out: '2 events sent to lines\n' });
    expect(asked).toBe(3);
    expect(await countOf(t, 'lines')).toBe(before + 2);
  });

  it.each([
    [['send', 'nope', '--type', 'a', '--payload', '{}'], 4, "there is no pipeline 'nope'"],
    [['send', 'lines', '--type', 'a', '--payload', '[1]'], 1, 'not a JSON object'],
    [['send', 'lines', '--type', 'a'], 1, 'there is nothing to send'],
    [['send', 'lines', '--type', 'a', '--file', 'missing.ndjson'], 4, 'cannot read'],
    [['send', 'lines', '--file', 'x', '--payload', '{}'], 1, 'exclude each other'],
    [['get', 'ev_nope'], 4, 'there is no event'],
    [['list', 'orders', '--from', 'soon'], 1, 'how long ago'],
    [['list', '--status', 'done'], 1, 'Allowed choices'],
    [['replay'], 1, 'in one way'],
    [['replay', '--pipeline', 'orders'], 1, 'in one way'],
    [['dead-letters', 'nope'], 4, "there is no pipeline 'nope'"],
    [['dead-letters', 'orders', '--discard', '--replay'], 1, 'exclude each other'],
    [['tail', '--status', 'failed'], 1, 'single pipeline'],
  ])('%j ends with %i', async (argv, code, message) => {
    const result = await events(argv);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
    expect(result.out).toBe('');
  });
});

describe('tail', () => {
  it('shows events as they arrive, and goes on where it was when the connection breaks', async () => {
    const control = new AbortController();
    let seen = '';
    // Cuts the first connection once an event went through.
    let cut = false;
    const proxy = createServer((request, response) => {
      void (async () => {
        const headers: Record<string, string> = {
          authorization: request.headers.authorization!,
          accept: 'text/event-stream',
        };
        const lastId = request.headers['last-event-id'];
        if (typeof lastId === 'string') headers['last-event-id'] = lastId;
        const gone = new AbortController();
        response.once('close', () => gone.abort());
        const answer = await fetch(`${t.api.url}${request.url}`, { headers, signal: gone.signal });
        response.writeHead(answer.status, { 'content-type': 'text/event-stream' });
        for await (const part of answer.body!) {
          response.write(part);
          if (!cut && String(Buffer.from(part)).includes('event: event')) {
            cut = true;
            await addEvents(t, 'tailed', [{ payload: '{"n":2}' }]);
            return void response.destroy();
          }
        }
      })().catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    await addEvents(t, 'tailed', [{ payload: '{"n":1}' }]);
    const server = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const tail = events(['tail', 'tailed', '--from', '1h', '--json', '--server', server], {
      signal: control.signal,
      onOutput: (text) => {
        seen = text;
      },
    });
    await expect.poll(() => seen, { timeout: 10_000 }).toContain('"n":2');
    await addEvents(t, 'tailed', [{ payload: BIG }]);
    await expect.poll(() => seen, { timeout: 10_000 }).toContain(BIG);
    control.abort(new DOMException('SIGINT', 'AbortError'));
    expect((await tail).code).toBe(130);
    const shown = seen
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as EventView).offset);
    expect(shown).toEqual([0, 1, 2]);
    proxy.close();
  });

  it('writes one line an event for people', async () => {
    const control = new AbortController();
    const tail = events(['tail', 'tailed', '--from', '1h', '--type', 'order.created'], {
      signal: control.signal,
      width: 100,
      onOutput: (text) => {
        if (text.includes('"n":1')) control.abort(new DOMException('SIGINT', 'AbortError'));
      },
    });
    expect((await tail).out).toMatch(/^\d{4}-\S+Z tailed order\.created ev_\w+ accepted \{"n":1\}$/m);
  });
});

describe('retry and cancel', () => {
  it('goes on after a failure, and ends with its code', async () => {
    const [first, second] = await addEvents(t, 'orders', [{}, {}]);
    const { next } = (await t.store.events.stats([pipelineId('orders')], Date.now())).values().next().value!;
    expect((await events(['cancel', second!])).out).toBe(`event ${second} cancelled\n`);
    await settle(t, 'orders', next, { failed: [deadLetter(next - 2)], cancelled: [next - 1] });
    const retried = await events(['retry', 'ev_nope', first!]);
    expect(retried.code).toBe(4);
    expect(retried.out).toMatch(new RegExp(`^event ev_\\w+ retries ${first}\n$`));
    expect(retried.err).toContain("ev_nope: error: there is no event 'ev_nope'");
    const json = await events(['retry', first!, second!, '--json']);
    expect((JSON.parse(json.out) as EventView[]).map(({ retry_of }) => retry_of)).toEqual([first, second]);
    expect(await events(['cancel', first!])).toMatchObject({ code: 5, out: '' });
  });
});

/** Ends the next replay of a pipeline as the stream host does. */
async function work(name: string, failed: number): Promise<string> {
  const { events: log } = t.store;
  const open = () => log.openReplays(pipelineId(name));
  await expect.poll(async () => (await open()).length).toBeGreaterThan(0);
  const [job] = await open();
  const lease = (await log.acquire(pipelineId(name), 'host', 60_000))!;
  const update = { id: job!.id, pipelineId: pipelineId(name), epoch: lease.epoch, at: Date.now(), attempts: [] };
  const half = { total: 4, processed: 2, delivered: 2, failed: 0, position: 2, resolved: [] };
  await log.updateReplay({ ...update, ...half, status: 'running' });
  const done = { total: 4, processed: 4, delivered: 4 - failed, failed, position: 4, resolved: [] };
  await log.updateReplay({ ...update, ...done, status: 'success' });
  return job!.id;
}

describe('replay', () => {
  it('asks for a window, events or dead letters; cancels', async () => {
    const [id] = await addEvents(t, 'replayed', [{}]);
    await settle(t, 'replayed', 1);
    const window = await events([
      'replay',
      '--pipeline',
      'replayed',
      '--from',
      '2h',
      '--to',
      '1h',
      '--rate',
      '7',
      '--json',
    ]);
    const job = JSON.parse(window.out) as ReplayView;
    expect(job).toMatchObject({ selection: { kind: 'window' }, events_per_second: 7, status: 'pending' });
    expect(Date.parse(job.selection.to!) - Date.parse(job.selection.from!)).toBeCloseTo(3_600_000, -3);
    const byId = await events(['replay', id!]);
    expect(byId.out).toMatch(/^replay rpl_\w+ of replayed pending\n$/);
    const letters = await events(['replay', '--pipeline', 'replayed', '--dead-letters', '--json']);
    expect(JSON.parse(letters.out)).toMatchObject({ selection: { kind: 'dead-letters' } });
    expect((await events(['cancel', job.id])).out).toBe(`replay ${job.id} cancelled\n`);
    for (const open of await t.store.events.openReplays(pipelineId('replayed'))) await events(['cancel', open.id]);
  });

  it.each([
    [['--pipeline', 'replayed'], 'say what to replay'],
    [['ev_1', '--pipeline', 'replayed', '--dead-letters'], 'say what to replay'],
    [['--from', '1h'], '--pipeline is missing'],
    [['--pipeline', 'replayed', '--status', 'failed'], '--from is missing'],
  ])('says what is missing of %j', async (argv, message) => {
    const result = await events(['replay', ...argv]);
    expect(result).toMatchObject({ code: 1, out: '' });
    expect(result.err).toContain(message);
    expect(result.err).toContain('hint: give ids of events, or --pipeline with --from');
  });

  it('waits with progress, and ends like the replay', async () => {
    const argv = ['replay', '--pipeline', 'replayed', '--from', '2h', '--wait'];
    const [good, id] = await Promise.all([events(argv, { live: true }), work('replayed', 0)]);
    expect(good).toMatchObject({ code: 0, out: `replay ${id} success, 4 events delivered\n` });
    expect(good.err).toMatch(/pending|of 4 events/);
    const [bad] = await Promise.all([events(argv), work('replayed', 1)]);
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('3 events delivered, 1 failed\n');
  });
});

describe('dead letters', () => {
  it('are listed with their reasons, replayed and discarded; pipelines tell of them', async () => {
    const ids = await addEvents(t, 'letters', [{}, {}, {}]);
    await settle(t, 'letters', 3, { failed: [deadLetter(0), deadLetter(1, 'column "a" is missing'), deadLetter(2)] });
    await addEvents(t, 'letters', [{}, {}]);
    const table = await events(['dead-letters', 'letters']);
    expect(table.out).toMatch(/^EVENT +RECEIVED +TYPE +KEY +TRIES +ERROR\n/);
    expect(table.out).toContain('5  destination_failed: column "a" is missing\n');
    const env = { server: t.api.url, token: t.client.token };
    const list = await cli(['get', 'pipelines'], { env });
    expect(list.out).toMatch(/^NAME .* WAITING +DEAD\n/);
    expect(list.out).toMatch(/\nletters +active .* 2 +3\n/);
    const described = await cli(['describe', 'pipeline', 'letters'], { env });
    expect(described.out).toMatch(/^Waiting: +2 events, the oldest for /m);
    expect(described.out).toMatch(/^Dead letters: +3$/m);
    expect(described.out).not.toContain('No runs yet');
    const some = await events(['dead-letters', 'letters', '--discard', '--event', ids[0]!]);
    expect(some.out).toBe('1 dead letter of letters discarded\n');
    const replay = await events(['dead-letters', 'letters', '--replay', '--event', ids[1]!, '--json']);
    expect(JSON.parse(replay.out)).toMatchObject({ selection: { kind: 'events', event_ids: [ids[1]] } });
    expect((await events(['dead-letters', 'letters', '--discard', '--json'])).out).toBe('{\n  "discarded": 2\n}\n');
    expect(await events(['dead-letters', 'letters'])).toMatchObject({ code: 0, err: 'no dead letters\n' });
  });
});

it('completion knows the commands', async () => {
  const { out } = await cli(['completion', 'bash']);
  expect(out).toContain('"events") words="tail list get send retry cancel replay dead-letters');
  expect(out).toMatch(/"events send"\) words=".*--idempotency-key/);
});
