import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventId, pipelineTag } from '../../../../store/event-id.ts';
import type { StreamWriter } from '../../../ports.ts';
import type { FileSettings } from '../settings.ts';
import { fileStream } from './stream.ts';
import { contextIn, PIPELINE, records, request } from './testing/setup.ts';

let folder: string;
let log: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-file-stream-'));
  log = [];
});
afterEach(async () => {
  for (const each of writers.splice(0)) await each.close();
  await rm(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;
const writers: StreamWriter[] = [];
function writer(settings: FileSettings): StreamWriter {
  const made = fileStream(settings, contextIn(folder, log), request());
  writers.push(made);
  return made;
}
const text = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');
const numbers = (lines: string): number[] =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { n: number }).n);
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
/** Files that people see, and those beside. */
const visible = async (): Promise<string[]> =>
  (await readdir(join(folder, 'out'))).filter((name) => !name.startsWith('.')).sort();
const hidden = async (): Promise<string[]> =>
  (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('.')).sort();
const staged = (ending: string, token = ''): string =>
  join(folder, 'out', `.2026-11-21T13-00-00Z-${records(0, 1)[0]!.event.id}.${ending}.${PIPELINE}${token}.staging`);

async function query(sql: string): Promise<unknown[]> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    return (await duck.runAndReadAll(sql)).getRowsJson().map(([value]) => value);
  } finally {
    duck.closeSync();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('one file', () => {
  const path = 'deep/below/out.ndjson';

  it('grows by whole batches, over restarts', async () => {
    const first = writer({ path });
    expect(await first.write(records(0, 3), never)).toEqual({ failed: [] });
    await first.write([], never);
    await first.close();
    await writer({ path }).write(records(3, 2), never);
    expect(numbers(await text(path))).toEqual(range(5));
  });

  it('takes calls at the same time, and keeps their order', async () => {
    const out = writer({ path });
    await Promise.all(range(20).map((n) => out.write(records(n * 10, 10), never)));
    await out.close();
    expect(numbers(await text(path))).toEqual(range(200));
  });

  it('keeps long integers, times, bytes and nested values', async () => {
    const more = {
      big: 2n ** 60n,
      at: new Date(0),
      raw: new Uint8Array([97, 98]),
      deep: [{ big: 2n ** 60n + 1n }],
      none: null,
    };
    await writer({ path }).write(records(0, 1, more), never);
    expect(await text(path)).toBe(
      '{"n":0,"text":"record 0","big":1152921504606846976,"at":"1970-01-01T00:00:00.000Z","raw":"YWI=","deep":[{"big":1152921504606846977}],"none":null}\n',
    );
  });

  it.each([
    ['a torn line is cut off', '{"n":0}\n{"n":1}\n{"n":2,"te', [0, 1, 3], 'its 10 bytes were removed'],
    ['a torn line that is the only one', '{"n":0,"te', [3], 'its 10 bytes were removed'],
    ['a torn line longer than one look', `{"n":0}\n{"n":1,"x":"${'y'.repeat(200_000)}`, [0, 3], 'bytes were removed'],
    ['a line that lacks its end only is kept', '{"n":0}\n{"n":1}', [0, 1, 3], null],
    ['an empty file', '', [3], null],
  ])('%s', async (_, before, after, message) => {
    await writeFile(join(folder, 'out.ndjson'), before);
    await writer({ path: 'out.ndjson' }).write(records(3, 1), never);
    expect(numbers(await text('out.ndjson'))).toEqual(after);
    expect(log).toEqual(message === null ? [] : [expect.stringContaining(message)]);
  });

  it('goes on when somebody moves, removes or shortens the file', async () => {
    const out = writer({ path: 'out.ndjson' });
    const file = join(folder, 'out.ndjson');
    await out.write(records(0, 1), never);
    await rename(file, `${file}.1`);
    await out.write(records(1, 1), never);
    expect(numbers(await text('out.ndjson'))).toEqual([1]);
    await rm(file);
    await out.write(records(2, 2), never);
    await truncate(file, 10);
    await out.write(records(4, 1), never);
    expect(numbers(await text('out.ndjson'))).toEqual([4]);
  });

  it('writes nothing of a batch that was called off before', async () => {
    const out = writer({ path: 'out.ndjson' });
    await expect(out.write(records(0, 1), AbortSignal.abort(new Error('called off')))).rejects.toThrow('called off');
    await out.write(records(1, 1), never);
    expect(numbers(await text('out.ndjson'))).toEqual([1]);
  });

  it('says that it may pass when the file cannot be written', async () => {
    await mkdir(join(folder, 'out.ndjson'));
    const out = writer({ path: 'out.ndjson' });
    await expect(out.write(records(0, 1), never)).rejects.toMatchObject({
      code: 'destination_unreachable',
      retryable: true,
    });
    await rm(join(folder, 'out.ndjson'), { recursive: true });
    await out.write(records(0, 1), never);
    expect(numbers(await text('out.ndjson'))).toEqual([0]);
  });

  it.each<[FileSettings, string]>([
    [{ path: 'out.parquet' }, 'a stream cannot add to a single file of that form'],
    [{ path: 'out.csv' }, 'a stream cannot add to a single file of that form'],
    [{ path: 'out.ndjson.gz' }, 'a stream cannot add to a single file of that form'],
    [{ path: 'out.ndjson', rotate: {} }, '`rotate` is for folders'],
    [{ path: 'out/' }, 'the format'],
    [{ path: 'out/', format: 'ndjson', rotate: { interval: '10ms' } }, '`rotate.interval` is not between'],
    [{ path: 'out/', format: 'ndjson', rotate: { size: '1Ki' } }, '`rotate.size` is no size'],
    [{ path: 'out/', format: 'ndjson', rotate: { size: 'big' } }, '`rotate.size` is no size'],
  ])('%j is refused', (settings, message) => {
    expect(() => writer(settings)).toThrow(
      expect.objectContaining({
        code: 'invalid_settings',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe('parts of NDJSON', () => {
  const settings: FileSettings = { path: 'out/', format: 'ndjson', rotate: { size: '64Ki' } };

  it('are seen at once, begin anew by size, and are named by time and first event', async () => {
    const out = writer(settings);
    for (let from = 0; from < 3000; from += 500) await out.write(records(from, 500), never);
    const names = await visible();
    expect(names.length).toBeGreaterThan(1);
    expect(names[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-ev_[0-9a-z]{26}\.ndjson$/);
    const parts = await Promise.all(names.map((name) => text(`out/${name}`)));
    expect(numbers(parts.join(''))).toEqual(range(3000));
    expect(await hidden()).toEqual([]);
    await out.close();
  });

  it('begin anew by time', async () => {
    const out = writer({ ...settings, rotate: { interval: '1s' } });
    await out.write(records(0, 1), never);
    await until(async () => {
      await out.write(records(1, 1), never);
      return (await visible()).length > 1;
    });
    await out.close();
  });

  it('go on after a restart, the torn line of their own cut off, others untouched', async () => {
    await mkdir(join(folder, 'out'));
    const stamp = `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
    const own = `out/${stamp}-${records(0, 1)[0]!.event.id}.ndjson`;
    const foreign = `out/${stamp}-${eventId(2e12, pipelineTag('pl_other'), 0)}.ndjson`;
    for (const path of [own, foreign, 'out/notes.ndjson']) await writeFile(join(folder, path), '{"n":0}\n{"n":1');
    await writer(settings).write(records(1, 2), never);
    expect(numbers(await text(own))).toEqual([0, 1, 2]);
    expect(await text(foreign)).toBe('{"n":0}\n{"n":1');
    expect(await text('out/notes.ndjson')).toBe('{"n":0}\n{"n":1');
    expect((await visible()).length).toBe(3);
  });

  it('do not go on when their time is over', async () => {
    await mkdir(join(folder, 'out'));
    const old = `out/2026-01-01T00-00-00Z-${records(0, 1)[0]!.event.id}.ndjson`;
    await writeFile(join(folder, old), '{"n":0}\n{"n":1');
    await writer(settings).write(records(1, 1), never);
    expect(numbers(await text(old))).toEqual([0]);
    expect((await visible()).length).toBe(2);
  });
});

describe.each<[string, Partial<FileSettings>, (path: string) => string]>([
  ['parquet', { format: 'parquet' }, (path) => `read_parquet('${path}')`],
  ['csv', { format: 'csv' }, (path) => `read_csv('${path}')`],
  ['json', { format: 'json' }, (path) => `read_json('${path}')`],
  ['ndjson.gz', { format: 'ndjson', compression: 'gzip' }, (path) => `read_json('${path}')`],
  ['csv.zst', { format: 'csv', compression: 'zstd' }, (path) => `read_csv('${path}')`],
])('parts of %s', (ending, form, relation) => {
  const settings: FileSettings = { path: 'out/', rotate: { size: '64Ki' }, ...form };
  const held = async (): Promise<unknown[]> => {
    const names = (await visible()).filter((name) => name.endsWith(`.${ending}`));
    const lists = await Promise.all(
      names.map((name) => query(`SELECT n::VARCHAR FROM ${relation(join(folder, 'out', name))}`)),
    );
    return lists.flat().map(Number);
  };

  it('appear whole, and all of them at the end', async () => {
    const out = writer(settings);
    await out.write(records(0, 10), never);
    expect(await visible()).toEqual([]);
    expect(await hidden()).toEqual([expect.stringMatching(/\.staging$/)]);
    for (let from = 10; from < 6010; from += 500) await out.write(records(from, 500), never);
    await until(async () => (await visible()).length > 0);
    await out.close();
    expect(await hidden()).toEqual([]);
    expect((await visible()).length).toBeGreaterThan(2);
    expect(await held()).toEqual(range(6010));
    expect(log).toEqual([]);
  });

  it('are taken up after a crash, whatever the writer was doing', async () => {
    await mkdir(join(folder, 'out'));
    await writeFile(staged(ending), '{"n":0}\n{"n":1}\n{"n":2,"te');
    await writeFile(staged(ending, '.0a1b2c3d'), '{"n":5}\n');
    const foreign = staged(ending).replace(PIPELINE, 'pl_other');
    await writeFile(foreign, '{"n":9}\n');
    const out = writer(settings);
    await out.write(records(2, 1), never);
    await out.close();
    expect(new Set(await held())).toEqual(new Set([0, 1, 2, 5]));
    expect((await visible()).length).toBe(3);
    expect(await hidden()).toEqual([foreign.slice(foreign.lastIndexOf('/') + 1)]);
  });

  it('that have their name already are not made twice', async () => {
    await mkdir(join(folder, 'out'));
    const name = `2026-11-21T13-00-00Z-${records(0, 1)[0]!.event.id}.${ending}`;
    const aside = join(folder, 'out', `.${name}.0a1b2c3d.ffffffff.partial`);
    await writeFile(staged(ending, '.0a1b2c3d'), '{"n":0}\n');
    await writeFile(aside, 'made before');
    await link(aside, join(folder, 'out', name));
    await writer(settings).close();
    expect(await visible()).toEqual([name]);
    expect(await text(`out/${name}`)).toBe('made before');
    expect(await hidden()).toEqual([]);
  });

  it('of which only traces are left, are tidied up', async () => {
    await mkdir(join(folder, 'out'));
    const name = `2026-11-21T13-00-00Z-${records(0, 1)[0]!.event.id}.${ending}`;
    await writeFile(staged(ending, '.0a1b2c3d'), '');
    await writeFile(join(folder, 'out', `.${name}.0a1b2c3d.ffffffff.partial`), 'made before');
    await writer(settings).close();
    expect(await visible()).toEqual([]);
    expect(await hidden()).toEqual([]);
  });

  it('take no name from a file that is there', async () => {
    await mkdir(join(folder, 'out'));
    const name = `2026-11-21T13-00-00Z-${records(0, 1)[0]!.event.id}`;
    await writeFile(staged(ending), '{"n":0}\n');
    await writeFile(join(folder, 'out', `${name}.${ending}`), 'somebody else');
    await writer(settings).close();
    expect(await visible()).toEqual([`${name}-1.${ending}`, `${name}.${ending}`]);
    expect(await text(`out/${name}.${ending}`)).toBe('somebody else');
  });
});

it('a part that cannot take its form becomes NDJSON, and the stream goes on', async () => {
  const settings: FileSettings = { path: 'out/', format: 'parquet', rotate: { size: '64Ki' } };
  const first = writer(settings);
  await first.write(records(0, 1, { half: '\ud800' }), never);
  await first.close();
  const second = writer(settings);
  await second.write(records(1, 1), never);
  await second.close();
  const names = await visible();
  expect(names.map((name) => name.slice(name.indexOf('.')))).toEqual(expect.arrayContaining(['.ndjson', '.parquet']));
  expect(numbers(await text(`out/${names.find((name) => name.endsWith('.ndjson'))!}`))).toEqual([0]);
  expect(log).toEqual([expect.stringContaining('cannot be parquet')]);
  expect(await hidden()).toEqual([]);
});

it('compressed parts are the very lines', async () => {
  const out = writer({ path: 'out/', format: 'ndjson', compression: 'gzip' });
  await out.write(records(0, 2), never);
  await out.close();
  const [name] = await visible();
  expect(numbers(gunzipSync(await readFile(join(folder, 'out', name!))).toString())).toEqual([0, 1]);
});

describe('what was confirmed', () => {
  const script = join(import.meta.dirname, 'testing', 'endless-writer.ts');
  /** Runs the writer below a shell, and answers the lines that it says until `stop` says so. */
  async function run(
    settings: FileSettings,
    first: number,
    limit: string,
    stop: (count: number) => boolean,
  ): Promise<string[]> {
    const words = [script, folder, JSON.stringify(settings), String(first)];
    const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (stop(lines.length)) child.kill('SIGKILL');
    }
    await exited;
    return lines;
  }
  const confirmed = (lines: readonly string[]): number =>
    Number(
      lines
        .filter((line) => line.startsWith('confirmed'))
        .at(-1)
        ?.split(' ')[1] ?? 0,
    );

  it.each<FileSettings>([
    { path: 'out/all.ndjson' },
    { path: 'out/', format: 'ndjson', rotate: { size: '64Ki' } },
    { path: 'out/', format: 'parquet', rotate: { size: '64Ki' } },
  ])('is there after SIGKILL: %j', async (settings) => {
    let first = 0;
    for (const after of [1, 40]) {
      const lines = await run(settings, first, '', (count) => count === after);
      expect(confirmed(lines)).toBeGreaterThan(first);
      first = confirmed(lines);
    }
    const out = writer(settings);
    await out.write(records(first, 1), never);
    await out.close();
    const names = (await visible()).map((name) => join(folder, 'out', name));
    const found =
      settings.format === 'parquet'
        ? (await query(`SELECT n::VARCHAR FROM read_parquet([${names.map((name) => `'${name}'`).join()}])`)).map(Number)
        : (await Promise.all(names.map(async (name) => numbers(await readFile(name, 'utf8'))))).flat();
    const different = [...new Set(found)].sort((a, b) => a - b);
    expect(different.slice(0, first + 1)).toEqual(range(first + 1));
    // What came twice, or came and was not confirmed, is at most the batch that was under way at each kill.
    expect(found.length - first - 1).toBeLessThanOrEqual(2 * 100);
    expect(await hidden()).toEqual([]);
  });

  it('is all that is there when the file may grow no further', async () => {
    // 128 blocks of 512 bytes.
    const lines = await run({ path: 'all.ndjson' }, 0, 'ulimit -f 128; ', () => false);
    expect(lines.at(-1)).toMatch(/^refused there is no space left/);
    const content = await text('all.ndjson');
    expect(content.length).toBeLessThanOrEqual(65_536);
    expect(numbers(content)).toEqual(range(confirmed(lines)));
    await writer({ path: 'all.ndjson' }).write(records(confirmed(lines), 1), never);
    expect(numbers(await text('all.ndjson')).length).toBe(confirmed(lines) + 1);
    expect(log).toEqual([]);
  });
});
