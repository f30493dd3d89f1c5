import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from './client.ts';
import { followRun } from './follow.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function clientOf(listener: RequestListener, options: Partial<ClientOptions> = {}): Promise<Client> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const defaults = { token: 'secret-token', version: '1', signal: AbortSignal.timeout(20_000), unreachableHint: 'try' };
  return new Client({ url, ...defaults, ...options });
}

describe('answers', () => {
  it('come with token and name, over all pages', async () => {
    const seen: string[] = [];
    const client = await clientOf((request, response) => {
      seen.push(`${request.headers.authorization} ${request.headers['user-agent']} ${request.url}`);
      const second = request.url!.includes('cursor=two');
      response.end(
        JSON.stringify({ data: second ? [3] : [1, 2], has_more: !second, next_cursor: second ? null : 'two' }),
      );
    });
    expect(await client.list('/v1/x', { q: 'a b', none: undefined })).toEqual([1, 2, 3]);
    expect(seen).toEqual([
      'Bearer secret-token headgate-cli/1 /v1/x?q=a+b&limit=1000',
      'Bearer secret-token headgate-cli/1 /v1/x?q=a+b&limit=1000&cursor=two',
    ]);
  });

  it.each([
    [
      'problem details',
      409,
      { code: 'plan_changed', detail: 'it changed', hint: 'again' },
      { code: 'plan_changed', message: 'it changed', hint: 'again' },
    ],
    ['a code of a newer server', 404, { code: 'brand_new', detail: 'what' }, { code: 'not_found', message: 'what' }],
    ['a proxy', 502, '<html>', { code: 'unavailable' }],
    ['a proxy that is busy', 503, '<html>', { code: 'unavailable' }],
    [
      'an internal error',
      500,
      { code: 'internal', detail: 'oh', request_id: 'r1' },
      { code: 'internal', message: 'oh (request r1)' },
    ],
  ])('%s', async (_title, status, body, expected) => {
    const client = await clientOf((_request, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await expect(client.get('/v1/x')).rejects.toMatchObject(expected);
  });

  it('that are no JSON are no answer of Headgate', async () => {
    const client = await clientOf((_request, response) => void response.end('<html>hello'));
    await expect(client.get('/')).rejects.toMatchObject({ code: 'unavailable', hint: 'check --server' });
  });

  it('that redirect are refused, so that the token stays here', async () => {
    const asked: string[] = [];
    const elsewhere = await clientOf((request, response) => {
      asked.push(String(request.headers.authorization));
      response.end('{}');
    });
    const client = await clientOf(
      (_request, response) => void response.writeHead(302, { location: elsewhere.url }).end(),
    );
    await expect(client.get('/v1/x')).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toEqual([]);
  });

  it('that do not come are waited for only so long', async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 100 });
    await expect(client.get('/v1/x')).rejects.toMatchObject({ code: 'unavailable', hint: 'try' });
  });
});

describe('followRun', () => {
  const run = (status: string) => JSON.stringify({ id: 'run_1', status });
  const log = (seq: number) =>
    `id: ${seq}\nevent: log\ndata: ${JSON.stringify({ seq, at: 't', level: 'info', message: `m${seq}` })}\n\n`;

  it('takes a stream up again where it broke, in whatever pieces it comes', async () => {
    const asked: string[] = [];
    const client = await clientOf((request, response) => {
      asked.push(new URL(request.url!, 'http://x').searchParams.get('after')!);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (asked.length === 1) {
        const text = `retry: 1000\n\n${log(1)}${log(2)}: still here\n\n${log(3)}`;
        response.write(text.slice(0, 40));
        setTimeout(() => {
          response.write(text.slice(40));
          setTimeout(() => response.destroy(), 50);
        }, 50);
      } else if (asked.length === 2) {
        response.end();
      } else {
        response.end(`${log(4)}event: run\ndata: ${run('running')}\n\nevent: end\ndata: ${run('success')}\n\n`);
      }
    });
    const messages: string[] = [];
    const states: string[] = [];
    const ended = await followRun(
      client,
      'run_1',
      { onLog: ({ message }) => messages.push(message), onRun: ({ status }) => states.push(status) },
      AbortSignal.timeout(15_000),
    );
    expect(ended.status).toBe('success');
    expect(messages).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(states).toEqual(['running', 'success']);
    expect(asked).toEqual(['0', '3', '3']);
  });

  it('gives up at once on what does not pass, and when told to', async () => {
    const missing = await clientOf((_request, response) => {
      response.writeHead(404).end(JSON.stringify({ code: 'not_found', detail: 'gone' }));
    });
    await expect(followRun(missing, 'run_1', {}, AbortSignal.timeout(15_000))).rejects.toMatchObject({
      message: 'gone',
    });
    const endless = await clientOf((_request, response) => void response.writeHead(200).write(': still here\n\n'));
    const signal = AbortSignal.timeout(100);
    const error = await followRun(endless, 'run_1', {}, signal).catch((thrown: unknown) => thrown);
    expect(error).toBe(signal.reason);
  });
});
