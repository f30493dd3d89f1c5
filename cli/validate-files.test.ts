import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli } from './testing/cli.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headgate-validate-'));
  await mkdir(join(cwd, 'pipelines/.hidden'), { recursive: true });
});
afterEach(() => rm(cwd, { recursive: true }));

const head = (kind: string, name: string) =>
  `apiVersion: headgate.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
const GOOD = `${head('Pipeline', 'good')}spec:
  source: {connector: generator, stream: orders}
  destination: {connection: lake, stream: orders.parquet}
`;
const LAKE = `${head('Connection', 'lake')}spec: {connector: file, settings: {path: lake/}}\n`;

const write = (name: string, text: string): Promise<void> => writeFile(join(cwd, name), text);

describe('validate', () => {
  it('is content with what is right, over several files', async () => {
    await write('pipelines/good.yaml', GOOD);
    await write('pipelines/lake.yml', LAKE);
    await write('pipelines/.hidden/bad.yaml', 'kind: Pipeline');
    await write('pipelines/notes.txt', 'no yaml: [');
    const { code, out, err } = await cli(['validate'], { cwd });
    expect({ code, out, err }).toEqual({ code: 0, out: 'valid: 2 resources in 2 files\n', err: '' });
  });

  it('names file, line and column of every problem, and ends with 1', async () => {
    await write('pipelines/a.yaml', GOOD.replace('connection: lake', 'connection: lakes'));
    await write('pipelines/b.yaml', LAKE.replace('path:', 'pth:'));
    await write('pipelines/c.yaml', `${LAKE}---\n${GOOD.replace('generator', 'generatr')}---\na: [\n`);
    const { code, out, err } = await cli(['validate', 'pipelines'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain(
      "pipelines/a.yaml:6:29: error: spec.destination.connection: no connection 'lakes'\n  hint: did you mean 'lake'?\n",
    );
    expect(out).toContain(
      "pipelines/b.yaml:4:41: error: spec.settings.pth: unknown field 'pth'; did you mean 'path'?\n",
    );
    expect(out).toContain(
      "pipelines/c.yaml:10:23: error: spec.source.connector: there is no connector 'generatr'\n  hint: did you mean 'generator'?\n",
    );
    expect(out).toMatch(/^pipelines\/c\.yaml:\d+:\d+: error: /m);
    expect([...out.matchAll(/^pipelines\/(\w)\.yaml/gm)].map((match) => match[1])).toEqual([
      'a',
      'b',
      'b',
      'c',
      'c',
      'c',
    ]);
    expect(err).toMatch(/^6 errors, 3 resources in 3 files\n$/);
  });

  it('finds what is declared twice', async () => {
    await write('a.yaml', LAKE);
    await write('b.yaml', LAKE);
    const { code, out } = await cli(['validate', 'a.yaml', 'b.yaml'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('b.yaml:1: error: Connection/default/lake is declared twice: in a.yaml:1 and in b.yaml:1');
  });

  it('reads standard input, and answers in JSON', async () => {
    const { code, out } = await cli(['validate', '-', '--json'], {
      cwd,
      input: LAKE.replace('file', 'postgres').replace('lake/', '1'),
    });
    expect(code).toBe(1);
    const report = JSON.parse(out) as { valid: boolean; files: number; errors: { code: string; at: string }[] };
    expect(report).toMatchObject({ valid: false, files: 1 });
    expect(report.errors[0]!.at).toMatch(/^stdin:4:/);
  });

  it.each([
    [['validate', 'nowhere'], 4, 'there is no file or folder'],
    [['validate', 'pipelines'], 0, 'nothing to check: 0 resources in 0 files'],
  ])('%j ends with %i', async (argv, code, message) => {
    const result = await cli(argv, { cwd });
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
  });

  it('refuses what is too large without reading on', async () => {
    const { code, out } = await cli(['validate', '-'], { cwd, input: `# ${'x'.repeat(1_100_000)}` });
    expect(code).toBe(1);
    expect(out).toMatch(/^stdin.*error: /);
  });
});
