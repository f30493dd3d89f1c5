import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunProgress } from '../../store/ports.ts';
import { installation, type Installation } from './testing.ts';

let here: Installation;
beforeEach(async () => {
  here = await installation();
});
afterEach(() => here.close());

const ORDERS = 'id,user_id,amount,currency\n1,ann,10.50,USD\n2,bob,20,EUR\n3,cid,0,EUR\n';
const orders = { connector: 'file', settings: { path: 'orders.csv' } };
const out = { connector: 'file', settings: { path: 'out.parquet' } };

describe('a run', () => {
  test('extracts, transforms, loads, and keeps its output', async () => {
    await here.put('orders.csv', ORDERS);
    const outcome = await here.run({
      sources: [orders],
      transforms: [
        { rename: { user_id: 'contact_id' } },
        { filter: 'amount > 0.0' },
        { cast: { amount: 'decimal(12,2)' } },
        { sql: 'select *, amount * 2 as twice from input order by id' },
      ],
      destinations: [out, { connector: 'file', settings: { path: 'deep/out.csv' } }],
    });
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 2 });
    expect(
      await here.query("SELECT id::INTEGER AS id, contact_id, amount::VARCHAR AS amount FROM 'out.parquet'"),
    ).toEqual([
      { id: 1, contact_id: 'ann', amount: '10.50' },
      { id: 2, contact_id: 'bob', amount: '20.00' },
    ]);
    expect(await here.read('deep/out.csv')).toBe(
      'id,contact_id,amount,currency,twice\n1,ann,10.50,USD,21.00\n2,bob,20.00,EUR,40.00\n',
    );
    expect(await here.query(`SELECT count(*)::INTEGER AS n FROM '${outcome.outputFile}'`)).toEqual([{ n: 2 }]);
    expect(outcome.outputFileSize).toBeGreaterThan(0);
    expect(readdirSync(join(outcome.outputFile!, '..'))).toEqual(['output.parquet']);
  });

  test('appends several sources by column name, and gives each to SQL by its name', async () => {
    await here.put('a.csv', 'id,x\n1,a\n');
    await here.put('b.csv', 'x,id,more\nb,2,true\n');
    const sources = [
      { connector: 'file', name: 'first', settings: { path: 'a.csv' } },
      { connector: 'file', name: 'second-one', settings: { path: 'b.csv' } },
    ];
    await here.run({ sources, destinations: [{ ...out, settings: { path: 'u.csv' } }] });
    expect(await here.read('u.csv')).toBe('id,x,more\n1,a,\n2,b,true\n');
    const sql =
      'select count(*) as n, (select max(id) from first) as a, (select max(id) from "second-one") as b from input';
    await here.run({ sources, transforms: [{ sql }], destinations: [{ ...out, settings: { path: 'j.csv' } }] });
    expect(await here.read('j.csv')).toBe('n,a,b\n2,1,2\n');
  });

  test('puts variables into settings, SQL and CEL, never as code', async () => {
    await here.put('orders.csv', ORDERS);
    const outcome = await here.run({
      sources: [{ connector: 'file', settings: { path: '${var:FILE}.csv' } }],
      transforms: [{ filter: 'currency == ${var:CUR}' }, { sql: 'select *, ${var:EVIL} as evil from input' }],
      destinations: [{ ...out, settings: { path: 'v.csv' } }],
      variables: { FILE: 'orders', CUR: 'EUR', EVIL: "' || (select 1) || '" },
    });
    expect(outcome.error).toBeUndefined();
    expect((await here.read('v.csv')).split('\n')[1]).toBe("2,bob,20.0,EUR,' || (select 1) || '");
  });

  test('sums beyond 64 bits survive within lists and structures', async () => {
    await here.put('n.csv', 'n\n9223372036854775807\n9223372036854775807\n');
    await here.run({
      sources: [{ connector: 'file', settings: { path: 'n.csv' } }],
      transforms: [{ sql: `select {'HUGEINT': sum(n), 'l': [sum(n)]} as s, map {'k': sum(n)} as m from input` }],
      destinations: [{ ...out, settings: { path: 'sum.csv' } }],
    });
    const [row] = await here.query("SELECT * FROM read_csv('sum.csv', all_varchar = true)");
    expect(row).toEqual({
      s: "{'HUGEINT': 18446744073709551614, 'l': [18446744073709551614]}",
      m: '{k=18446744073709551614}',
    });
  });

  test('sources whose types together would round values are refused', async () => {
    await here.put('a.csv', 'id\n9007199254740993\n');
    await here.put('b.csv', 'id\n1.5\n');
    await here.put('c.csv', 'id\n7\n');
    const sources = (...paths: string[]) => paths.map((path) => ({ connector: 'file', settings: { path } }));
    expect((await here.run({ sources: sources('a.csv', 'b.csv') })).error).toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/'id' is BIGINT in 'source-0' and DOUBLE together/) as string,
    });
    expect((await here.run({ sources: sources('c.csv', 'b.csv') })).error).toBeUndefined();
  });

  test('sums beyond 64 bits survive the output', async () => {
    await here.put('n.csv', 'n\n9223372036854775807\n9223372036854775807\n');
    await here.run({
      sources: [{ connector: 'file', settings: { path: 'n.csv' } }],
      transforms: [{ sql: 'select sum(n) as total from input' }],
      destinations: [{ ...out, settings: { path: 'sum.csv' } }],
    });
    expect(await here.read('sum.csv')).toBe('total\n18446744073709551614\n');
  });
});

test('progress is there while the run goes on, with stage and rows', async () => {
  const seen: RunProgress[] = [];
  const stop = here.store.runs.watch(() => {
    void here.store.runs.list({ limit: 1 }).then(([run]) => {
      if (run?.progress) seen.push(run.progress);
    });
  });
  await here.run({
    sources: [{ connector: 'generator', settings: { rows: 250, rowsPerSecond: 100 }, stream: 'orders' }],
    destinations: [out],
  });
  stop();
  const stages = new Set(seen.filter(({ rowsProcessed }) => rowsProcessed > 0).map(({ stage }) => stage));
  expect(stages).toContain('extract');
  expect(seen.find(({ stage, rowsProcessed }) => stage === 'extract' && rowsProcessed > 0)!.rowsProcessed).toBeLessThan(
    250,
  );
});

describe('a run that fails', () => {
  const failing = async (change: Partial<Parameters<Installation['run']>[0]>) => {
    await here.put('orders.csv', ORDERS);
    await here.put('out.csv', 'old\n1\n');
    const outcome = await here.run({
      sources: [orders],
      destinations: [{ ...out, settings: { path: 'out.csv' } }],
      ...change,
    });
    expect(outcome.status).toBe('failed');
    expect(await here.read('out.csv')).toBe('old\n1\n');
    return outcome.error!;
  };

  test.each([
    [
      'a missing column',
      { transforms: [{ rename: { foo: 'bar' } }] },
      'invalid_transform',
      /transform\[0\]\.rename: key 'foo' not present/,
    ],
    [
      'wrong SQL',
      { transforms: [{ sql: 'select nope from input' }] },
      'invalid_transform',
      /transform\[0\]\.sql:.*nope/s,
    ],
    [
      'a value that cannot be cast',
      { transforms: [{ cast: { currency: 'integer' } }] },
      'invalid_transform',
      /^transform\[0\]\.cast: column 'currency'/,
    ],
    [
      'a missing file',
      { sources: [{ connector: 'file', settings: { path: 'none.csv' } }] },
      'source_failed',
      /none\.csv/,
    ],
    ['an unknown connector', { sources: [{ connector: 'fil' }] }, 'reference_not_found', /no connector 'fil'/],
    [
      'an unknown setting',
      { sources: [{ ...orders, settings: { pth: 'x' } }] },
      'invalid_settings',
      /did you mean 'path'/,
    ],
    [
      'an impossible mode',
      { destinations: [{ ...out, settings: { path: 'out.csv' }, mode: 'upsert' as const, key: ['id'] }] },
      'invalid_settings',
      /cannot upsert/,
    ],
    [
      'a second destination that is wrong',
      {
        destinations: [
          { ...out, settings: { path: 'out.csv' } },
          { connector: 'file', settings: { path: '../x.csv' } },
        ],
      },
      'path_refused',
      /holds '\.\.'/,
    ],
    ['reading the server by SQL', { transforms: [{ sql: "select * from '/etc/passwd'" }] }, 'invalid_transform', /./],
    ['no memory', { memoryBytes: 20_000_000, transforms: [{ sql: MEMORY_HOG }] }, 'out_of_memory', /memory/i],
  ])('%s', async (_title, change, code, message) => {
    const error = await failing(change);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a secret in the settings is in no message and no log', async () => {
    const outcome = await here.run(
      { sources: [{ connector: 'file', settings: { path: '${env:SHOP_PATH}' } }], destinations: [out] },
      { env: { SHOP_PATH: 'hidden-name.csv' } },
    );
    expect(outcome.error!.message).toContain('${env:SHOP_PATH}');
    const stored = await here.store.runs.list({ limit: 1 });
    const said = JSON.stringify(stored) + (await here.logs(stored[0]!.id));
    expect(said).not.toContain('hidden-name');
    expect(said).toContain('${env:SHOP_PATH}');
  });

  test('leaves no scratch behind', async () => {
    await here.run({ sources: [{ connector: 'file', settings: { path: 'none.csv' } }], destinations: [out] });
    const [run] = await here.store.runs.list({ limit: 1 });
    expect(readdirSync(join(here.dataDir, 'runs', run!.id))).toEqual([]);
  });
});

const MEMORY_HOG = 'select list(range) as l from range(50000000)';

describe('a dry run', () => {
  test('shows columns and rows, and writes nothing', async () => {
    await here.put('many.csv', `id,name\n${Array.from({ length: 5000 }, (_, i) => `${i},n${i}`).join('\n')}\n`);
    const outcome = await here.run(
      {
        sources: [{ connector: 'file', settings: { path: 'many.csv' } }],
        transforms: [{ rename: { name: 'label' } }],
        destinations: [out],
      },
      { dryRun: true },
    );
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 0 });
    expect(outcome.preview!.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'label', type: 'VARCHAR' },
    ]);
    expect(outcome.preview!.rows).toHaveLength(20);
    expect(outcome.preview!.rows[1]).toEqual({ id: 1, label: 'n1' });
    expect(existsSync(join(here.dataDir, 'files/out.parquet'))).toBe(false);
    expect(outcome.outputFile).toBeUndefined();
  });

  test('fails where the run would fail', async () => {
    await here.put('orders.csv', ORDERS);
    const outcome = await here.run(
      { sources: [orders], transforms: [{ drop: ['nope'] }], destinations: [out] },
      { dryRun: true },
    );
    expect(outcome.error).toMatchObject({
      code: 'invalid_transform',
      message: expect.stringContaining('nope') as string,
    });
  });
});
