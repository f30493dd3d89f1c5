/** Two servers on one store: once the DELETE of a token is answered by one, the other takes no request with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { redisMissing, startRedis } from '../test/servers/redis.ts';
import { openStore } from '../store/open.ts';
import { declare, startTestApi } from './testing/harness.ts';
import { connect } from './testing/raw.ts';
import { stream } from './testing/stream.ts';
import { issueToken } from './tokens.ts';

const ROUNDS = 8;
const LOOPS = 4;
const EVENT = JSON.stringify({ pipeline_id: 'clicks', event_type: 'a', payload: {} });
const missing = await redisMissing();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Server {
  readonly url: string;
  readonly admin: string;
}

/** A server with resources of its own on the store that `url` names. */
async function serve(url: string): Promise<Server> {
  const store = await openStore(url);
  ends.push(() => store.close());
  const t = await startTestApi({ wrapStore: () => store });
  ends.push(() => t.close());
  await declare(t.resources, stream('clicks'));
  return { url: t.api.url, admin: await token(store, 'admin') };
}

async function token(store: Awaited<ReturnType<typeof openStore>>, scope: 'admin' | 'ingest'): Promise<string> {
  const wish = { name: 'x', environment: 'test', scopes: [scope], workspaces: null, expiresAt: null };
  const { secret, record } = issueToken(wish, Date.now());
  await store.tokens.create(record);
  return secret;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'headgate-revocation-'));
  ends.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

const stores: [string, () => Promise<string>][] = [
  ['sqlite', async () => `sqlite:${join(await folder(), 'headgate.db')}`],
  [
    missing === null ? 'redis' : `redis: skipped, ${missing}`,
    async () => {
      const redis = await startRedis();
      ends.push(() => redis.stop());
      return redis.fresh();
    },
  ],
];

describe.each(stores.filter(([name]) => !name.includes('skipped')))('%s', (_name, fresh) => {
  test('not one request is taken after the answer, while many come', async () => {
    const url = await fresh();
    const [one, other] = [await serve(url), await serve(url)];
    const store = await openStore(url);
    ends.push(() => store.close());
    let taken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const secret = await token(store, 'ingest');
      const { id } = (await store.tokens.list()).find(
        ({ name, revokedAt, scopes }) => name === 'x' && revokedAt === null && scopes[0] === 'ingest',
      )!;
      let answered = Infinity;
      const stop = new AbortController();
      const late: number[] = [];
      const loop = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          const sent = performance.now();
          const answer = await fetch(`${other.url}/v1/events`, {
            method: 'POST',
            headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
            body: EVENT,
          });
          await answer.arrayBuffer();
          if (answer.status === 200 && sent > answered) late.push(sent - answered);
          if (answer.status === 200) taken++;
          else expect([401, 429]).toContain(answer.status);
        }
      };
      const loops = Array.from({ length: LOOPS }, loop);
      await expect.poll(() => taken).toBeGreaterThan(round * 10);
      const gone = await fetch(`${one.url}/v1/tokens/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${one.admin}` },
      });
      expect(gone.status).toBe(200);
      answered = performance.now();
      const after = await Promise.all(
        Array.from({ length: 10 }, () =>
          fetch(`${other.url}/v1/events`, {
            method: 'POST',
            headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
            body: EVENT,
          }).then(({ status }) => status),
        ),
      );
      stop.abort();
      await Promise.all(loops);
      expect(late).toEqual([]);
      expect(after).not.toContain(200);
    }
  }, 60_000);

  test('a request whose body is still on its way then is refused, too', async () => {
    const url = await fresh();
    const [one, other] = [await serve(url), await serve(url)];
    const store = await openStore(url);
    ends.push(() => store.close());
    const secret = await token(store, 'ingest');
    const { id } = (await store.tokens.list()).find(({ scopes }) => scopes[0] === 'ingest')!;
    const socket = await connect(other.url);
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT.slice(0, 5)}`,
    );
    const seen: Buffer[] = [];
    socket.on('data', (chunk) => seen.push(chunk));
    await expect.poll(async () => (await store.tokens.get(id))!.lastUsedAt).not.toBeNull();
    await fetch(`${one.url}/v1/tokens/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${one.admin}` } });
    socket.write(EVENT.slice(5));
    await expect.poll(() => Buffer.concat(seen).toString()).toContain('HTTP/1.1 401');
    socket.destroy();
  });
});
