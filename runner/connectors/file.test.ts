import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WriteMode } from '../../crds/index.ts';
import { installation, type Installation } from '../engine/testing.ts';
import { file } from './file.ts';
import { kindOf, pathOf } from './file/format.ts';
import { acceptance, type TypeException } from './suite.ts';

const place = (settings: Record<string, unknown>) => () =>
  Promise.resolve({ settings, missing: { settings: { path: 'no_such_file.csv' } }, close: () => Promise.resolve() });
const broken = () => Promise.resolve({ path: 'folder/../../etc/shadow.csv' });

/** The same exception for several columns. */
const as = (type: string, reason: string, columns: readonly string[]): Record<string, TypeException> =>
  Object.fromEntries(columns.map((column) => [column, { type, reason }]));

const WIDE = as('BIGINT', 'text formats know one kind of whole number', ['id', 'a_smallint', 'an_integer']);
const FLOATS = as('DOUBLE', 'text formats know one kind of fraction', ['a_float', 'a_decimal']);

describe('parquet', () => acceptance({ connector: file, broken, place: place({ path: 'data.parquet' }) }));

describe('csv', () =>
  acceptance({
    connector: file,
    broken,
    place: place({ path: 'data.csv', quotedEmpty: 'text' }),
    types: {
      ...WIDE,
      ...FLOATS,
      ...as('VARCHAR', 'csv does not say', ['an_interval', 'a_uuid', 'a_blob', 'a_list', 'a_struct']),
      a_json: { type: 'VARCHAR', reason: 'csv does not say' },
    },
  }));

describe('ndjson', () =>
  acceptance({
    connector: file,
    broken,
    place: place({ path: 'data.ndjson.gz' }),
    types: {
      ...WIDE,
      ...FLOATS,
      ...as('VARCHAR', 'JSON does not say', ['a_timestamp', 'a_timestamptz', 'an_interval', 'a_blob']),
      a_json: { type: 'JSON', value: 'json(a_json)', reason: 'DuckDB writes it without spaces' },
      a_list: { type: 'BIGINT[]', reason: 'text formats know one kind of whole number' },
      a_struct: { type: 'STRUCT(x BIGINT, y VARCHAR)', reason: 'text formats know one kind of whole number' },
    },
  }));

let here: Installation;
beforeAll(async () => {
  here = await installation();
});
afterAll(() => here.close());

/** Copies a file by a pipeline, and answers how that ended. */
const copy = (
  from: Record<string, unknown>,
  to: Record<string, unknown>,
  mode: WriteMode = 'overwrite',
  files: Readonly<Record<string, string>> = {},
) =>
  here.run({
    sources: [{ connector: 'file', settings: from }],
    destinations: [{ connector: 'file', settings: to, mode }],
    files,
  });

/** What a source reads, as lines of CSV. */
async function contents(settings: Record<string, unknown>, files?: Readonly<Record<string, string>>): Promise<string> {
  const outcome = await copy(settings, { path: 'contents.csv' }, 'overwrite', files);
  expect(outcome.error).toBeUndefined();
  return here.read('contents.csv');
}

describe('reading', () => {
  test.each<[string, string, string | Uint8Array, Record<string, unknown>]>([
    ['tsv', 'a.tsv', 'id\tx\n1\ta,b\n', {}],
    ['a dialect', 'c.txt', "id|x\n1|'a,b'\nN/A|-\n", { format: 'csv', delimiter: '|', quote: "'", nullString: 'N/A' }],
    ['lines before the header', 'c.csv', 'export, of today\n\nid,x\n1,"a,b"\n', { skipLines: 2 }],
    ['a byte order mark and Windows lines', 'b.csv', '\uFEFFid,x\r\n1,"a,b"\r\n', {}],
    ['no header', 'd.csv', '1,"a,b"\n2,c\n', { header: false }],
    ['gzip', 'e.csv.gz', gzipSync('id,x\n1,"a,b"\n'), {}],
    ['zstd', 'f.csv.zst', zstdCompressSync('id,x\n1,"a,b"\n'), {}],
    ['gzip under another name', 'g.bin', gzipSync('id,x\n1,"a,b"\n'), { format: 'csv', compression: 'gzip' }],
    ['a JSON array', 'h.json', '[{"id": 1, "x": "a,b"}]', {}],
    ['JSON lines', 'i.jsonl', '{"id": 1, "x": "a,b"}\n', {}],
  ])('%s', async (_title, path, content, settings) => {
    await here.put(path, content);
    const lines = (await contents({ path, ...settings })).split('\n');
    expect(lines[1]).toBe('1,"a,b"');
  });

  test('types that are given, and those that are found out', async () => {
    await here.put('types.csv', 'zip,n,#\n01234,1,#2\n');
    await copy({ path: 'types.csv', columns: { n: 'DECIMAL(9,2)' } }, { path: 'types.parquet' });
    expect(
      await here.query("SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM 'types.parquet')"),
    ).toEqual([
      { name: 'zip', type: 'VARCHAR' },
      { name: 'n', type: 'DECIMAL(9,2)' },
      { name: '#', type: 'VARCHAR' },
    ]);
  });

  test('JSON keeps what comes late, and negative numbers whole', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => `{"n": ${i - 5}}`);
    await here.put('late.ndjson', `${many.join('\n')}\n{"n": 1, "late": "x"}\n{"n": 2, "late": 3}\n`);
    const outcome = await copy({ path: 'late.ndjson' }, { path: 'late.parquet' });
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 30_002 });
    expect(await here.query("SELECT column_type AS t FROM (DESCRIBE FROM 'late.parquet')")).toEqual([
      { t: 'BIGINT' },
      { t: 'VARCHAR' },
    ]);
    expect(await here.query("SELECT late FROM 'late.parquet' WHERE late IS NOT NULL")).toEqual([
      { late: 'x' },
      { late: '3' },
    ]);
  });

  test('globs and folders, by name over columns in any order', async () => {
    await here.put('in/b.csv', 'x,id\nb,2\n');
    await here.put('in/a.csv', 'id,x\n1,a\n');
    await here.put('in/c.txt', 'other');
    for (const settings of [{ path: 'in/*.csv' }, { path: 'in/', format: 'csv' }]) {
      expect(await contents(settings)).toBe('id,x\n1,a\n2,b\n');
    }
  });

  test('files of the repository, whose names on disk say nothing', async () => {
    const files = {
      'seed/a.csv': await here.put('../blobs/0a', 'id\n1\n'),
      'seed/b.csv': await here.put('../blobs/0b', 'id\n2\n'),
      'seed/z.csv.gz': await here.put('../blobs/0c', gzipSync('id\n3\n')),
    };
    expect(await contents({ path: 'seed/*.csv' }, files)).toBe('id\n1\n2\n');
    expect(await contents({ path: 'seed/z.csv.gz' }, files)).toBe('id\n3\n');
  });

  test('a file of no bytes has no records', async () => {
    await here.put('empty.csv', '');
    expect(await copy({ path: 'empty.csv' }, { path: 'contents.csv' })).toMatchObject({
      status: 'success',
      rowsLoaded: 0,
    });
  });

  test.each<[string, Record<string, string>, Record<string, unknown>, RegExp]>([
    ['a missing file', {}, { path: 'nowhere.csv' }, /there is no file 'nowhere\.csv'/],
    ['a glob without matches', {}, { path: 'nowhere/*.csv' }, /no file matches 'nowhere\/\*\.csv'/],
    ['a folder', { 'dir/x.csv': 'a\n' }, { path: 'dir', format: 'csv' }, /'dir' is not a file/],
    ['an unknown format', { 'x.dat': 'a\n' }, { path: 'x.dat' }, /the format of 'x\.dat' cannot be told/],
    ['two kinds', { 'k/a.csv': 'a\n', 'k/b.json': '{}' }, { path: 'k/*' }, /several kinds: csv, json/],
    [
      'a value that does not fit',
      { 'bad.csv': `id\n${Array.from({ length: 30_000 }, (_, i) => i).join('\n')}\nxx\n` },
      { path: 'bad.csv' },
      /Line: 30002.*column "id".*bad\.csv/s,
    ],
    [
      'a line with too many fields',
      { 'wide.csv': 'a,b\n1,2\n3,4\n5,6,7\n' },
      { path: 'wide.csv', delimiter: ',', header: true },
      /Line: 4.*wide\.csv/s,
    ],
    ['broken JSON', { 'bad.ndjson': '{"a": 1}\n{"a": \n' }, { path: 'bad.ndjson' }, /Malformed JSON.*bad\.ndjson/],
    ['a column that is gone', { 'h.csv': 'id,y\n1,2\n' }, { path: 'h.csv', columns: { x: 'VARCHAR' } }, /"x"/],
    ['no Parquet', { 'no.parquet': 'PAR0' }, { path: 'no.parquet' }, /no\.parquet/],
  ])('%s is a clear error', async (_title, put, settings, message) => {
    for (const [path, content] of Object.entries(put)) await here.put(path, content);
    const { error } = await copy(settings, { path: 'contents.csv' });
    expect(['source_failed', 'invalid_settings']).toContain(error!.code);
    expect(error!.message).toMatch(message);
  });
});

test('names with wildcards in them mean themselves, and folders called a=b are no columns', async () => {
  await here.put('k=v/a[1]x.csv', 'id\n1\n');
  await here.put('k=v/a1x.csv', 'id\n2\n');
  expect(await contents({ path: 'k=v/*.csv' })).toBe('id\n2\n1\n');
});

test('whole numbers of CSV that are longer than 64 bits keep their digits', async () => {
  const lines = 'id,amount,big\n12345678901234567890,1.5,2\n-12345678901234567891,2,3\n';
  await here.put('long.csv', lines);
  expect(await contents({ path: 'long.csv' })).toBe(
    'id,amount,big\n12345678901234567890,1.5,2\n-12345678901234567891,2.0,3\n',
  );
  expect(await contents({ path: 'long.csv', columns: { id: 'DOUBLE' } })).toContain('1.2345678901234567e+19');
});

test.each(['[]', '', ' \n'])('JSON without records (%j) has no columns', async (text) => {
  await here.put('none.json', text);
  await here.put('kept.csv', 'old\n');
  expect((await copy({ path: 'none.json' }, { path: 'kept.csv' })).error).toBeUndefined();
  expect(await here.read('kept.csv')).toBe('old\n');
});

describe('writing', () => {
  beforeEach(() => here.put('in.csv', 'id,x\n1,a\n'));

  test.each([
    ['w.csv', 'id,x\n1,a\n'],
    ['w.tsv', 'id\tx\n1\ta\n'],
    ['w.ndjson', '{"id":1,"x":"a"}\n'],
    ['w.json', '[\n\t{"id":1,"x":"a"}\n]\n'],
  ])('%s', async (path, expected) => {
    await copy({ path: 'in.csv' }, { path });
    expect(await here.read(path)).toBe(expected);
  });

  test.each([
    'added.csv',
    'added.csv.gz',
    'added.tsv',
    'added.ndjson',
    'added.ndjson.gz',
    'added.ndjson.zst',
    'added.parquet',
  ])('appends to %s, columns that are new included', async (path) => {
    await copy({ path: 'in.csv' }, { path }, 'append');
    await here.put('more.csv', 'id,y\n2,b\n');
    expect(await copy({ path: 'more.csv' }, { path }, 'append')).toMatchObject({ status: 'success' });
    expect(await contents({ path })).toBe('id,x,y\n1,a,\n2,,b\n');
  });

  test.each(['cut.ndjson', 'cut.ndjson.gz', 'cut.ndjson.zst'])(
    'a last line without its end in %s is ended',
    async (path) => {
      const line = '{"id":0}';
      await here.put(
        path,
        path.endsWith('.gz') ? gzipSync(line) : path.endsWith('.zst') ? zstdCompressSync(line) : line,
      );
      await copy({ path: 'in.csv' }, { path }, 'append');
      expect(await contents({ path })).toBe('id,x\n0,\n1,a\n');
    },
  );

  test('appends to CSV without a header by place', async () => {
    for (const _ of [1, 2]) await copy({ path: 'in.csv' }, { path: 'bare.csv', header: false }, 'append');
    expect(await here.read('bare.csv')).toBe('1,a\n1,a\n');
  });

  test.each([
    ['rounded.parquet', '9007199254740993', '1.5', /'id' is BIGINT in the file, and DOUBLE arrives/],
    ['texts.parquet', '1', 'abc', /'id' is BIGINT in the file, and VARCHAR arrives/],
  ])('refuses to append to %s what would change its values', async (path, first, second, message) => {
    await here.put('first.csv', `id\n${first}\n`);
    await here.put('second.csv', `id\n${second}\n`);
    await copy({ path: 'first.csv' }, { path }, 'append');
    const { error } = await copy({ path: 'second.csv' }, { path }, 'append');
    expect(error).toMatchObject({ code: 'destination_failed', message: expect.stringMatching(message) as string });
    expect(await here.query(`SELECT id::VARCHAR AS id FROM '${path}'`)).toEqual([{ id: first }]);
  });

  test.each([
    ['none.parquet', 'id,x\n', []],
    ['null.parquet', 'id,x\n,b\n', [{ id: null, x: 'b' }]],
    ['small.parquet', 'id,x\n1.5,b\n', [{ id: 1.5, x: 'b' }]],
  ])('appends to %s what changes nothing', async (path, more, added) => {
    await here.put('more.csv', more);
    await copy({ path: 'in.csv' }, { path }, 'append');
    expect((await copy({ path: 'more.csv' }, { path }, 'append')).error).toBeUndefined();
    expect(await here.query(`SELECT id::DOUBLE AS id, x FROM '${path}'`)).toEqual([{ id: 1, x: 'a' }, ...added]);
  });

  test('two runs that append to one file at the same time lose nothing', async () => {
    await copy({ path: 'in.csv' }, { path: 'shared.csv' }, 'append');
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => copy({ path: 'in.csv' }, { path: 'shared.csv' }, 'append')),
    );
    const done = outcomes.filter(({ status }) => status === 'success').length;
    expect(await here.read('shared.csv')).toBe(`id,x\n${'1,a\n'.repeat(1 + done)}`);
  });

  test('appends a part to a folder', async () => {
    for (const _ of [1, 2]) await copy({ path: 'in.csv' }, { path: 'parts/', format: 'parquet' }, 'append');
    expect(await readdir(join(here.dataDir, 'files/parts'))).toHaveLength(2);
    expect(await contents({ path: 'parts/', format: 'parquet' })).toBe('id,x\n1,a\n1,a\n');
  });

  test('with the delimiter and null of the settings, and appends in the same form', async () => {
    await here.put('nulls.csv', 'id,x\n1,\n');
    const to = { path: 'n.csv', delimiter: ';', nullString: 'NIL', header: false };
    await copy({ path: 'nulls.csv', columns: { x: 'VARCHAR' } }, to);
    expect(await here.read('n.csv')).toBe('1;NIL\n');
  });

  test.each([
    ['a folder cannot be overwritten', { path: 'parts/', format: 'csv' }, 'overwrite', /can only be appended to/],
    ['a JSON array cannot be appended to', { path: 'w.json' }, 'append', /JSON array/],
    ['a path outside', { path: '/etc/x.csv' }, 'overwrite', /outside the allowed folders/],
  ] as const)('%s', async (_title, to, mode, message) => {
    await copy({ path: 'in.csv' }, { path: 'w.json' });
    expect((await copy({ path: 'in.csv' }, to, mode)).error!.message).toMatch(message);
  });
});

test.each([
  ['a.csv', 'csv', 'none'],
  ['a.b.NDJSON.GZ', 'ndjson', 'gzip'],
  ['x/y.parquet', 'parquet', 'none'],
  ['x.json.zst', 'json', 'zstd'],
])('%s is %s, %s', (name, format, compression) => {
  expect(kindOf(name, {})).toEqual({ format, compression });
});

test.each([
  ['exports/', 'a.csv', 'exports/a.csv'],
  ['exports', 'a.csv', 'exports/a.csv'],
  ['.', 'a.csv', 'a.csv'],
  ['a.csv', undefined, 'a.csv'],
])('path %s with stream %s', (path, stream, expected) => {
  expect(pathOf({ path }, stream)).toBe(expected);
});
