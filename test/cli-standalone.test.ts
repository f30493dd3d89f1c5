/** The way of a new user: `init`, a server, and everything the command line can ask of it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readServerFile } from '../cli/server-file.ts';
import { cli, type CliResult } from '../cli/testing/cli.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../cli/main.ts');

let home: string;
let repo: string;
let serve: ChildProcess;

const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

const headgate = (...argv: string[]): Promise<CliResult> => cli(argv, { cwd: repo, version });

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false'];
  return (await run('git', [...identity, ...args], { cwd: repo })).stdout.trim();
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(repo, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(repo, file), text.replace(from, to));
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'headgate-standalone-'));
  repo = join(home, 'pipelines');
  const made = await cli(['init'], { cwd: home });
  expect(made).toMatchObject({ code: 0, err: '' });
  const env = { ...process.env, HEADGATE_ADMIN_TOKEN: '', HEADGATE_DATA: '' };
  serve = spawn(process.execPath, [MAIN, 'serve', '--repo', '.', '--listen', '127.0.0.1:0', '--quiet'], {
    cwd: repo,
    env,
  });
  const wait = { timeout: 20_000, interval: 50 };
  await vi.waitFor(() => expect(readServerFile(join(repo, '.headgate'))).not.toBeNull(), wait);
  await vi.waitFor(async () => {
    expect((await headgate('get', 'pipelines')).out).toMatch(/orders.*\n.*revenue-by-country/);
  }, wait);
});
afterAll(async () => {
  if (serve.exitCode === null) {
    serve.kill('SIGTERM');
    await once(serve, 'exit');
  }
  await rm(home, { recursive: true });
});

describe('init', () => {
  it('makes a repository with one commit and nothing to complain about', async () => {
    expect(await git('status', '--porcelain')).toBe('');
    expect(await git('rev-list', '--count', 'HEAD')).toBe('1');
    expect(await headgate('validate')).toMatchObject({ code: 0, out: 'valid: 3 resources in 3 files\n' });
    const text = await readFile(join(repo, 'pipelines/orders.yaml'), 'utf8');
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)!;
    const parsed = JSON.parse(await readFile(join(repo, 'pipelines', schema!), 'utf8')) as { title: string };
    expect(parsed.title).toBe('Headgate resource');
  });

  it('leaves a folder alone in which there is something', async () => {
    const refused = await cli(['init', 'pipelines'], { cwd: home });
    expect(refused).toMatchObject({ code: 5, out: '' });
    expect(refused.err).toContain('is not empty');
    const other = await cli(['init', 'other', '--json'], { cwd: home });
    expect(JSON.parse(other.out)).toMatchObject({ branch: 'main', folder: join(home, 'other') });
  });
});

describe('with a server', () => {
  it('finds it and its token in the data folder, and all is well', async () => {
    const { code, out } = await headgate('doctor');
    expect(out).not.toMatch(/^(warn|fail)/m);
    expect(out.match(/^ok/gm)).toHaveLength(10);
    expect(code).toBe(0);
  });

  it('runs a pipeline to its Parquet file', async () => {
    const { code, out } = await headgate('run', 'orders', '--follow');
    expect(code).toBe(0);
    expect(out).toMatch(/INFO .*\n(.*\n)*run run_\w+ success in .*, 120 rows loaded, runs\/\w+\/output\.parquet/);
    expect((await stat(join(repo, '.headgate/files/lake/orders.parquet'))).size).toBeGreaterThan(100);
    expect((await headgate('logs', 'orders')).out).toContain('120 rows');
    const dry = await headgate('run', 'revenue-by-country', '--dry-run');
    expect(dry.out).toMatch(/country \(VARCHAR\) +orders \(BIGINT\) +revenue \(DOUBLE\)\n/);
    expect(dry.code).toBe(0);
  });

  it('plans a commit without a server, then sync brings it, and the next run uses it', async () => {
    await edit('pipelines/orders.yaml', 'status == "paid"', 'status == "open"');
    await git('commit', '-qam', 'Open orders instead');
    const between = await headgate('plan', '--from', 'HEAD~1', '--to', 'HEAD', '--markdown');
    expect(between).toMatchObject({ code: 2, err: '' });
    expect(between.out).toContain('| **update** | `Pipeline/default/orders` |');
    expect(between.out).toContain('`spec.transforms[0].filter`');
    const synced = await headgate('sync', '--wait');
    expect(synced).toMatchObject({ code: 0 });
    const live = await headgate('plan', '--json');
    expect(JSON.parse(live.out)).toMatchObject({ changes: [], revision: await git('rev-parse', 'HEAD') });
    const again = await headgate('run', 'orders', '--wait', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ rows_loaded: 40, revision: await git('rev-parse', 'HEAD') });
  });

  it('shows a broken commit by file and line, and what was good stays', async () => {
    await edit('pipelines/orders.yaml', 'connection: lake', 'connection: pond');
    await git('commit', '-qam', 'Break it');
    const synced = await headgate('sync', '--wait');
    expect(synced.code).toBe(1);
    expect(synced.out).toMatch(/pipelines\/orders\.yaml:\d+:\d+: error: .*pond/);
    expect((await headgate('plan')).code).toBe(1);
    expect((await headgate('run', 'orders', '--wait')).code).toBe(0);
    await git('revert', '--no-edit', 'HEAD');
    expect((await headgate('sync', '--wait')).code).toBe(0);
  });

  it('fails a run with the exit code and the message of its error', async () => {
    await edit('pipelines/orders.yaml', 'data/orders.csv', 'data/nowhere.csv');
    await git('commit', '-qam', 'Point nowhere');
    expect((await headgate('sync', '--wait')).code).toBe(0);
    const { code, err } = await headgate('run', 'orders', '--wait');
    expect(code).toBe(1);
    expect(err).toContain('nowhere.csv');
  });

  it('leaves no server file behind when the server stops', async () => {
    serve.kill('SIGTERM');
    expect((await once(serve, 'exit'))[0]).toBe(0);
    expect(readServerFile(join(repo, '.headgate'))).toBeNull();
    const gone = await headgate('get', 'pipelines');
    expect(gone).toMatchObject({ code: 6, out: '' });
    expect(gone.err).toContain('no server is known');
    const doctor = await headgate('doctor', '--json');
    expect(doctor.code).toBe(1);
    expect(JSON.parse(doctor.out)).toMatchObject({ healthy: false });
  });
});
