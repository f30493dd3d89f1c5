import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testContext } from '../../../test/connector-context.ts';
import { startPostgres, type PostgresServer } from '../../../test/servers/postgres.ts';
import type { EventField, Transform, WriteMode } from '../../../crds/index.ts';
import type { Row, StreamRecord, StreamWriter } from '../../ports.ts';
import { castFields } from '../../transforms/cast-fields.ts';
import { streamChain } from '../../transforms/stream-chain.ts';
import { postgres } from '../postgres.ts';

let server: PostgresServer;
let client: Client;
let table: string;
let tables = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: ['max_connections=12', 'superuser_reserved_connections=2'] });
  client = await server.client();
});
afterAll(async () => {
  await client.end();
  await server.stop();
});
beforeEach(() => {
  table = `s.t_${++tables}`;
});

const never = new AbortController().signal;
const record = (row: Row, index = 0): StreamRecord => ({
  row,
  event: { id: `ev_${index}`, type: 'x', key: null, receivedAt: 0, replay: null },
});
const records = (rows: readonly Row[]): StreamRecord[] => rows.map(record);

interface Options {
  readonly mode?: WriteMode;
  readonly key?: readonly string[];
  readonly include?: readonly EventField[];
  readonly types?: ReadonlyMap<string, string>;
  readonly settings?: object;
  readonly signal?: AbortSignal;
}

async function open({ mode = 'append', key = [], include = [], types, settings = {}, signal }: Options = {}) {
  const context = testContext(signal === undefined ? {} : { signal });
  const destination = postgres.destination!({ url: server.url(), ...settings }, context);
  const typed = types === undefined ? {} : { types };
  return destination.stream!({ stream: table, mode, key, include, ...typed, pipelineId: 'pl_1' });
}

async function writing<T>(options: Options, work: (writer: StreamWriter) => Promise<T>): Promise<T> {
  const writer = await open(options);
  try {
    return await work(writer);
  } finally {
    await writer.close();
    await writer.close();
  }
}

const write = (rows: readonly Row[], options: Options = {}) =>
  writing(options, (writer) => writer.write(records(rows), never));
const upsert = (rows: readonly Row[], key = ['id']) => write(rows, { mode: 'upsert', key });
const rows = async (): Promise<unknown[]> => (await client.query<Row>(`SELECT * FROM ${table} AS r ORDER BY r`)).rows;
const types = async (): Promise<Record<string, string>> => {
  const found = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 ORDER BY attnum`,
    [table],
  );
  return Object.fromEntries(found.rows.map(({ name, type }) => [name, type]));
};

describe('the table', () => {
  test('is made from the records, and takes what comes later', async () => {
    await writing({ include: ['received_at'] }, async (writer) => {
      const first = { i: 1, d: 0.5, b: true, t: 'x', o: { a: [1n << 60n] }, l: [1, 'two'], n: null };
      expect(await writer.write(records([{ ...first, received_at: '2026-01-02T03:04:05.678Z' }]), never)).toEqual({
        failed: [],
      });
      await writer.write(records([{ i: 2, n: 'now', 'New "One"': 1n << 70n }]), never);
      await writer.write(records([{ i: 3.5 }, { i: 2n ** 60n }]), never);
    });
    expect(await types()).toEqual({
      i: 'numeric',
      d: 'double precision',
      b: 'boolean',
      t: 'text',
      o: 'jsonb',
      l: 'jsonb',
      received_at: 'timestamp with time zone',
      n: 'text',
      'New "One"': 'numeric(39,0)',
    });
    const found = await client.query<{ row: string }>(`SELECT row_to_json(r)::text AS row FROM ${table} r ORDER BY i`);
    expect(found.rows.map(({ row }) => row)).toEqual([
      '{"i":1,"d":0.5,"b":true,"t":"x","o":{"a": [1152921504606846976]},"l":[1, "two"],"received_at":"2026-01-02T03:04:05.678+00:00","n":null,"New \\"One\\"":null}',
      '{"i":2,"d":null,"b":null,"t":null,"o":null,"l":null,"received_at":null,"n":"now","New \\"One\\"":1180591620717411303424}',
      '{"i":3.5,"d":null,"b":null,"t":null,"o":null,"l":null,"received_at":null,"n":null,"New \\"One\\"":null}',
      '{"i":1152921504606846976,"d":null,"b":null,"t":null,"o":null,"l":null,"received_at":null,"n":null,"New \\"One\\"":null}',
    ]);
  });

  test.each<WriteMode>(['append', 'upsert'])('%s: what `cast` made gets columns of its types', async (mode) => {
    const transforms: readonly Transform[] = [
      {
        cast: {
          at: 'timestamptz',
          local: 'timestamp',
          day: 'date',
          hour: 'time',
          price: 'decimal(4,2)',
          exact: 'decimal(30,4)',
          ratio: 'double',
          count: 'integer',
          who: 'uuid',
          any: 'json',
          code: 'string',
        },
      },
      { rename: { price: 'amount' } },
    ];
    const made = (more: Row) => streamChain(transforms).run(records([more])).records;
    const options: Options = { mode, key: mode === 'upsert' ? ['id'] : [], types: castFields(transforms) };
    const who = '00000000-0000-0000-0000-00000000000a';
    await writing(options, async (writer) => {
      const first = { id: 1, at: '2026-01-02T03:04:05+01:00', local: '2026-01-02 03:04:05', day: '2026-01-02' };
      const more = { price: '5', exact: '12345678901234567890.1234', ratio: 1, count: '7', who, any: '"x"', code: 12 };
      expect(await writer.write(made({ ...first, ...more, hour: '12:00:00' }), never)).toEqual({ failed: [] });
      expect(await writer.write(made({ id: 2, price: 99, ratio: 0.5, any: '[1]' }), never)).toEqual({ failed: [] });
    });
    expect(await types()).toMatchObject({
      at: 'timestamp with time zone',
      local: 'timestamp without time zone',
      day: 'date',
      hour: 'time without time zone',
      amount: 'numeric(4,2)',
      exact: 'numeric(30,4)',
      ratio: 'double precision',
      count: 'integer',
      who: 'uuid',
      any: 'jsonb',
      code: 'text',
    });
    const found = await client.query<{ row: string }>(
      `SELECT row_to_json(r)::text AS row FROM (SELECT at, local, day, hour, amount, exact, who, "any", code FROM ${table} WHERE id = 1) r`,
    );
    expect(found.rows[0]!.row).toBe(
      `{"at":"2026-01-02T02:04:05+00:00","local":"2026-01-02T03:04:05","day":"2026-01-02","hour":"12:00:00","amount":5.00,"exact":12345678901234567890.1234,"who":"${who}","any":"x","code":"12"}`,
    );
  });

  test('text survives, in columns of text and of JSON', async () => {
    const text = 'tab\t line\n \r \\N \\. "quote" Grüße 🌍';
    await client.query(`CREATE SCHEMA IF NOT EXISTS s; CREATE TABLE ${table} (id int, t text, j jsonb, a text[])`);
    expect(await write([{ id: 1, t: text, j: text, a: [text, null, 'NULL', ''] }])).toEqual({ failed: [] });
    const expected = { id: 1, t: text, j: text, a: [text, null, 'NULL', ''] };
    expect(await rows()).toEqual([expected]);
    await client.query(`DELETE FROM ${table}; CREATE UNIQUE INDEX ON ${table} (id)`);
    expect(await upsert([expected])).toEqual({ failed: [] });
    expect(await rows()).toEqual([expected]);
  });

  test('types of a table that is there stay as narrow as the values allow, and computed columns are left alone', async () => {
    await client.query(
      `CREATE TABLE ${table} (id int PRIMARY KEY, s smallint, m numeric(12,2), v varchar(5), at timestamptz DEFAULT now(), twice int GENERATED ALWAYS AS (id * 2) STORED)`,
    );
    const result = await write([
      { id: 1, s: 5, m: 10.5, v: 'short', twice: 9 },
      { id: 2, m: 10.555 },
      { id: 3, s: 40_000, v: 'a longer text' },
    ]);
    expect(result.failed).toEqual([
      { index: 1, retryable: false, reason: "column 'm' is numeric(12,2), which does not take this number as it is" },
    ]);
    expect(await types()).toMatchObject({
      id: 'integer',
      s: 'integer',
      m: 'numeric(12,2)',
      v: 'character varying(13)',
    });
    expect(await rows()).toMatchObject([
      { id: 1, s: 5, m: '10.50', v: 'short', twice: 2, at: expect.any(Date) as Date },
      { id: 3, s: 40_000, v: 'a longer text', at: expect.any(Date) as Date },
    ]);
  });

  test('a column under a view cannot be widened: what does not fit is refused', async () => {
    await client.query(`CREATE TABLE ${table} (id int); CREATE VIEW ${table}_view AS SELECT id FROM ${table}`);
    const result = await write([{ id: 1 }, { id: 2 ** 40 }, { id: 1.5 }]);
    expect(result.failed.map(({ index }) => index)).toEqual([1, 2]);
    expect(await rows()).toEqual([{ id: 1 }]);
  });

  test('records without fields', async () => {
    expect(await write([{}, { id: null }])).toEqual({ failed: [] });
    expect(await write([{}, {}])).toEqual({ failed: [] });
    expect(await rows()).toHaveLength(4);
  });

  test('several tables of a schema that is missing, at the same time', async () => {
    await client.query('DROP SCHEMA IF EXISTS fresh CASCADE');
    const made = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => {
        table = `fresh.t_${n}`;
        return write([{ id: n }]);
      }),
    );
    expect(made).toEqual(made.map(() => ({ failed: [] })));
  });

  test('dropped behind our back: the next try makes it again', async () => {
    await writing({}, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await client.query(`DROP TABLE ${table}`);
      await expect(writer.write(records([{ id: 2 }]), never)).rejects.toMatchObject({
        code: 'destination_failed',
        retryable: true,
      });
      await writer.write(records([{ id: 2 }]), never);
    });
    expect(await rows()).toEqual([{ id: '2' }]);
  });
});

describe('records that cannot be stored', () => {
  test.each<WriteMode>(['append', 'upsert'])('%s: names that PostgreSQL has for itself', async (mode) => {
    const options: Options = { mode, key: mode === 'upsert' ? ['id'] : [] };
    const { failed } = await write([{ id: 1 }, { id: 2, ctid: 'x' }, { id: 3, xmin: 1 }, { id: 4, oid: 1 }], options);
    expect(failed.map(({ index, reason }) => [index, reason])).toEqual([
      [1, "PostgreSQL takes no field of the name 'ctid'"],
      [2, "PostgreSQL takes no field of the name 'xmin'"],
    ]);
    expect(await rows()).toHaveLength(2);
  });

  test('are named, and the rest is there', async () => {
    await client.query(
      `CREATE TABLE ${table} (id int PRIMARY KEY, age int CHECK (age > 0), at timestamptz, other int REFERENCES ${table} (id) DEFERRABLE INITIALLY DEFERRED)`,
    );
    const good = Array.from({ length: 50 }, (_, index) => ({ id: index, age: 1 }));
    const bad: Row[] = [
      { id: 100, age: -1 },
      { id: 5, age: 1 },
      { id: 101, age: 'old' },
      { id: 102, at: 'soon' },
      { id: 103, age: true },
      { id: 104, other: 999 },
      { id: 105, age: { years: 5 } },
      { id: 106, text: 'nul \0' },
      { id: 107, ['x'.repeat(64)]: 1 },
      { id: 108, '': 1 },
    ];
    const all = [...good.slice(0, 25), ...bad, ...good.slice(25)];
    const { failed } = await write(all);
    expect(failed.map(({ index }) => index)).toEqual(bad.map((_row, index) => 25 + index));
    expect(failed.every(({ retryable }) => !retryable)).toBe(true);
    expect(failed[0]!.reason).toMatch(/check constraint.*\[23514\]/);
    expect(failed[1]!.reason).toMatch(/\[23505\]/);
    expect(failed[5]!.reason).toMatch(/\[23503\]/);
    expect(await rows()).toHaveLength(50);
  });

  test('all of them', async () => {
    await client.query(`CREATE TABLE ${table} (id int CHECK (id > 0))`);
    const { failed } = await write(Array.from({ length: 40 }, (_, index) => ({ id: -index })));
    expect(failed).toHaveLength(40);
  });

  test('upsert: of records with one key only the one at fault', async () => {
    await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY, age int CHECK (age > 0), note text)`);
    const { failed } = await upsert([
      { id: 1, age: 5 },
      { id: 1, age: -5 },
      { id: 1, note: 'kept' },
      { id: 2, age: 'x' },
      { age: 1 },
      { id: 3, age: true },
      { id: 3, note: 'also kept' },
    ]);
    expect(failed.map(({ index }) => index)).toEqual([1, 3, 4, 5]);
    expect(await rows()).toEqual([
      { id: 1, age: 5, note: 'kept' },
      { id: 3, age: null, note: 'also kept' },
    ]);
  });
});

describe('upsert', () => {
  test('the last of a key wins, within a batch and across', async () => {
    await writing({ mode: 'upsert', key: ['id'] }, async (writer) => {
      await writer.write(
        records([
          { id: 1, a: 'x', b: 1 },
          { id: 2, a: 'y' },
          { id: 1, a: 'z' },
        ]),
        never,
      );
      await writer.write(
        records([
          { id: 2, b: 7 },
          { id: '1', c: null },
        ]),
        never,
      );
    });
    expect(await rows()).toEqual([
      { id: '1', a: 'z', b: '1' },
      { id: '2', a: 'y', b: '7' },
    ]);
  });

  test('a key by event id makes a batch that comes again harmless', async () => {
    const batch = records(Array.from({ length: 100 }, (_, index) => ({ event_id: `ev_${index}`, n: index })));
    const options: Options = { mode: 'upsert', key: ['event_id'], include: ['event_id'] };
    for (let time = 0; time < 3; time++) await writing(options, (writer) => writer.write(batch, never));
    expect(await rows()).toHaveLength(100);
  });

  test('without a unique index there is no upsert', async () => {
    await client.query(`CREATE TABLE ${table} (id int)`);
    await expect(upsert([{ id: 1 }])).rejects.toMatchObject({ code: 'destination_failed', retryable: false });
  });

  test('texts are not cut to the length of their column', async () => {
    await client.query(
      `CREATE TABLE ${table} (id int PRIMARY KEY, v varchar(3), c char(3), b bit(3)); CREATE VIEW ${table}_v AS SELECT * FROM ${table}`,
    );
    const { failed } = await upsert([
      { id: 1, v: 'abc', c: 'abc', b: '101' },
      { id: 2, v: 'abcd' },
      { id: 3, c: 'abcd' },
      { id: 4, b: '1010' },
    ]);
    expect(failed.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(await rows()).toEqual([{ id: 1, v: 'abc', c: 'abc', b: '101' }]);
  });
});

describe('the connection', () => {
  const cutAll = () =>
    client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headgate'");

  test('one that broke while idle is replaced without a failure', async () => {
    await writing({}, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await cutAll();
      await expect
        .poll(
          async () => (await client.query("SELECT FROM pg_stat_activity WHERE application_name = 'headgate'")).rowCount,
        )
        .toBe(0);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await writer.write(records([{ id: 2 }]), never)).toEqual({ failed: [] });
    });
    expect(await rows()).toHaveLength(2);
  });

  test('cut in the middle of a batch: unreachable, and nothing is there', async () => {
    await writing({}, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      const outcome = expect(writer.write(records([{ id: 2 }, { id: 3 }]), never)).rejects.toMatchObject({
        code: 'destination_unreachable',
        retryable: true,
      });
      await expect
        .poll(async () => (await client.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rowCount)
        .toBe(1);
      await cutAll();
      await client.query('COMMIT');
      await outcome;
      expect(await rows()).toHaveLength(1);
      await writer.write(records([{ id: 2 }]), never);
    });
    expect(await rows()).toHaveLength(2);
  });

  test('a lock that somebody holds makes it wait no longer than the settings say', async () => {
    await writing({ settings: { statementTimeout: '200ms' } }, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await expect(writer.write(records([{ id: 2 }]), never)).rejects.toMatchObject({
        code: 'destination_unreachable',
      });
      await client.query('COMMIT');
    });
  });

  test('abort cuts the write, and nothing of it is there', async () => {
    await writing({}, async (writer) => {
      await writer.write(records([{ id: 1 }]), never);
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      const abort = new AbortController();
      const outcome = expect(writer.write(records([{ id: 2 }]), abort.signal)).rejects.toThrow('stopped');
      await expect
        .poll(async () => (await client.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rowCount)
        .toBe(1);
      abort.abort(new Error('stopped'));
      await outcome;
      await client.query('COMMIT');
      expect(await rows()).toHaveLength(1);
    });
  });

  test('abort ends the wait for a server that says nothing', async () => {
    const mute = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const settings = { url: undefined, host: '127.0.0.1', port, connectTimeout: '1s' };
    const abort = new AbortController();
    await writing({ settings }, async (writer) => {
      const outcome = expect(writer.write(records([{ id: 1 }]), abort.signal)).rejects.toThrow('stopped');
      await once(mute, 'connection');
      abort.abort(new Error('stopped'));
      await outcome;
      await expect(writer.write(records([{ id: 1 }]), never)).rejects.toMatchObject({
        code: 'destination_unreachable',
      });
    });
    await new Promise((resolve) => mute.close(resolve));
  });

  test('too many connections, a wrong address, a missing right', async () => {
    const busy = await Promise.all(Array.from({ length: 11 }, () => server.client()));
    await client.query("CREATE ROLE nobody LOGIN PASSWORD 'nobody-s3cret'");
    const settings = {
      url: undefined,
      host: '127.0.0.1',
      port: server.port,
      user: 'nobody',
      password: 'nobody-s3cret',
    };
    await expect(write([{ id: 1 }], { settings: { ...settings, database: 'postgres' } })).rejects.toMatchObject({
      code: 'destination_unreachable',
      retryable: true,
    });
    await Promise.all(busy.map((one) => one.end()));
    await expect(write([{ id: 1 }], { settings: { ...settings, port: 1 } })).rejects.toMatchObject({
      code: 'destination_unreachable',
    });
    await client.query(`CREATE TABLE ${table} (id int)`);
    const failure = write([{ id: 1 }], { settings: { ...settings, database: 'postgres' } });
    await expect(failure).rejects.toMatchObject({ code: 'destination_failed', retryable: false });
    await failure.catch((error: Error) => expect(error.message).not.toContain('nobody-s3cret'));
  });

  test('writes at the same time', async () => {
    await writing({}, async (writer) => {
      const batches = Array.from({ length: 4 }, (_, batch) =>
        records(Array.from({ length: 50 }, (_row, index) => ({ id: batch * 50 + index, [`c${batch}`]: batch }))),
      );
      await Promise.all(batches.map((batch) => writer.write(batch, never)));
    });
    expect(await rows()).toHaveLength(200);
    expect(Object.keys(await types()).sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'id']);
  });
});
