import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from '../../../test/servers/postgres.ts';
import { messageOf, type HeadgateError } from '../../../foundation/errors.ts';
import { sleep } from '../../../foundation/time.ts';
import { postgres } from '../postgres.ts';
import { BIG_ROWS } from '../suite/data.ts';
import { SuiteEngine, settingsOf } from '../suite/engine.ts';
import { isRetryable } from './errors.ts';
import { targetOf } from './target.ts';

let server: PostgresServer;
let engine: SuiteEngine;

beforeAll(async () => {
  server = await startPostgres({ settings: ['max_connections=8', 'superuser_reserved_connections=0'] });
  engine = await SuiteEngine.start();
});
afterAll(async () => {
  await engine.stop();
  await server.stop();
});

async function failure(settings: Record<string, unknown>, stream = 'orders'): Promise<HeadgateError> {
  const read = engine.extract(postgres, { settings, stream }, await engine.folder());
  return read.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error as HeadgateError,
  );
}

const fields = (): Record<string, unknown> => ({
  host: server.host,
  port: server.port,
  user: server.user,
  password: server.password,
});

describe('settings', () => {
  test.each([
    [
      'postgres://u:p%40ss@h:5433/db?sslmode=require',
      { host: 'h', port: 5433, database: 'db', user: 'u', password: 'p@ss', ssl: 'require' },
    ],
    [
      'postgresql://[::1]/',
      { host: '::1', port: 5432, database: undefined, user: undefined, password: undefined, ssl: 'prefer' },
    ],
    ['postgres://h/db?sslmode=verify-ca', { host: 'h', ssl: 'verify-full' }],
  ])('%s', (url, target) => {
    expect(targetOf({ url })).toMatchObject(target);
  });

  test.each([
    [{}, /neither `url` nor `host`/],
    [{ url: 'postgres://h/db', host: 'h' }, /both set/],
    [{ url: 'mysql://user:hidden@h/db' }, /not a PostgreSQL URL/],
    [{ url: 'postgres://u:100%hidden@h/db' }, /encodes nothing/],
    [{ url: 'postgres://h/db?sslmode=hidden' }, /`sslmode` of the URL is not known/],
  ])('%j is refused without showing it', (settings, message) => {
    expect(() => targetOf(settings)).toThrow(message);
    expect(() => targetOf(settings)).not.toThrow(/hidden/);
  });
});

describe('errors', () => {
  test('a wrong password is final, and not shown', async () => {
    const error = await failure({ ...fields(), password: 'very-wrong' });
    expect(error).toMatchObject({ code: 'source_failed', retryable: false });
    expect(error.message).toMatch(/connecting to 127\.0\.0\.1:\d+: password authentication failed.*\[28P01\]/);
    expect(JSON.stringify([error, messageOf(error.cause), error.stack])).not.toContain('very-wrong');
  });

  test('nobody listening may pass', async () => {
    expect(await failure({ ...fields(), port: 1 })).toMatchObject({ code: 'source_failed', retryable: true });
  });

  test('a server that never answers runs into the timeout', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const error = await failure({ ...fields(), port, connectTimeout: '200ms' });
    silent.close();
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toMatch(/timeout/);
  });

  test('no connection left may pass', async () => {
    const clients = [];
    const error = await (async (): Promise<HeadgateError> => {
      try {
        for (let count = 0; count < 8; count++) clients.push(await server.client());
        return await failure(fields());
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    })();
    expect(error.message).toMatch(/too many clients.*\[53300\]/);
    expect(error.retryable).toBe(true);
  });

  test('a statement that takes too long is final', async () => {
    const read = engine.extract(
      postgres,
      { settings: { ...fields(), statementTimeout: '100ms' } },
      await engine.folder(),
      {
        query: 'SELECT pg_sleep(20)::text AS slept',
      },
    );
    await expect(read).rejects.toMatchObject({ retryable: false, hint: 'raise `statementTimeout`' });
  });

  test('a server without TLS fails where TLS is required', async () => {
    const error = await failure({ ...fields(), ssl: 'require' });
    expect(error.message).toMatch(/does not support SSL/);
  });

  test.each([
    ['40001', true],
    ['40P01', true],
    ['57P01', true],
    ['53300', true],
    ['08006', true],
    ['53100', false],
    ['23505', false],
    ['42P01', false],
  ])('%s may pass: %s', (code, retryable) => {
    expect(isRetryable(Object.assign(new Error('said the server'), { code, severity: 'ERROR' }))).toBe(retryable);
  });
});

describe('cancelling', () => {
  const DELAYS = [0, 1, 2, 4, 7, 11, 16, 23, 35, 50];

  test('a read at any moment ends it, and leaves no connection', async () => {
    const place = { settings: fields(), stream: 'cancelled', close: async () => undefined };
    await engine.write(postgres, place, await engine.folder(), await engine.input(BIG_ROWS), { mode: 'overwrite' });
    for (const delay of DELAYS) {
      const abort = new AbortController();
      const source = postgres.source!(
        settingsOf(postgres, fields()),
        await engine.context(await engine.folder(), abort.signal),
      );
      const outcome = source.open({ stream: 'cancelled', duck: engine.duck }).then(
        () => 'done',
        (error: unknown) => messageOf(error),
      );
      await sleep(delay);
      abort.abort(new Error('cancelled by the test'));
      expect(['done', 'cancelled by the test']).toContain(await outcome);
    }
    const client = await server.client();
    await expect
      .poll(
        async () => (await client.query(`SELECT FROM pg_stat_activity WHERE application_name = 'headgate'`)).rowCount,
        { timeout: 10_000 },
      )
      .toBe(0);
    await client.end();
  });

  test('a load at any moment ends it, whatever the mode', async () => {
    const place = { settings: fields(), stream: 'unmoved', close: async () => undefined };
    const folder = await engine.folder();
    const input = await engine.input(BIG_ROWS);
    await engine.write(postgres, place, folder, await engine.input('SELECT 1::BIGINT AS id'), {
      mode: 'upsert',
      key: ['id'],
    });
    const client = await server.client();
    for (const mode of ['overwrite', 'upsert'] as const) {
      for (const delay of DELAYS) {
        const abort = new AbortController();
        const outcome = engine.write(postgres, place, folder, input, { mode, key: ['id'], signal: abort.signal }).then(
          () => 'done',
          (error: unknown) => messageOf(error),
        );
        await sleep(delay);
        abort.abort(new Error('cancelled by the test'));
        expect(await outcome).toBe('cancelled by the test');
        expect((await client.query('SELECT * FROM unmoved')).rows).toEqual([{ id: '1' }]);
      }
    }
    await client.end();
  });

  test('a server that ends the connection in the middle of a load may pass', async () => {
    const place = { settings: fields(), stream: 'killed', close: async () => undefined };
    const client = await server.client();
    await client.query(
      'CREATE TABLE killed (id bigint); CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$; CREATE TRIGGER pause BEFORE INSERT ON killed FOR EACH ROW EXECUTE FUNCTION pause()',
    );
    const input = await engine.input('SELECT 1::BIGINT AS id');
    const load = engine
      .write(postgres, place, await engine.folder(), input, { mode: 'append' })
      .catch((error: unknown) => error);
    await expect
      .poll(
        async () =>
          (
            await client.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headgate' AND query LIKE 'COPY%' AND state = 'active'`,
            )
          ).rowCount,
        { timeout: 10_000 },
      )
      .toBe(1);
    expect(await load).toMatchObject({ code: 'destination_failed', retryable: true });
    await client.end();
  });
});
