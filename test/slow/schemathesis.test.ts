/**
 * Schemathesis (https://schemathesis.readthedocs.io) makes requests from the OpenAPI document, good and bad ones, for every
 * operation, and looks whether each answer is one that the document knows.
 */
import { spawn } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepository, type TestRepository } from '../servers/git.ts';
import { eventually, startTestServer, type TestServer } from '../server.ts';

/** Answers that no document tells of, and what would be Headgate's own fault. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
];
/** This one takes away the very token that the requests are made with, once its id was seen in a list. */
const REVOKE = 'DELETE /v1/tokens/{id}';

const PIPELINES = `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: numbers}
spec:
  source: {connector: generator, settings: {rows: 10}, stream: orders}
  destination: {connection: lake, stream: numbers.parquet}
---
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders-stream}
spec:
  source: {connector: events}
  destination: {connection: lake, stream: orders.ndjson}
  batch: {size: 10, interval: 20ms}
---
apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: lake}
spec: {connector: file, settings: {path: lake}}
`;

const program = await findProgram(process.env['SCHEMATHESIS']);
const missing = program === null ? ' (skipped: no program `schemathesis`, nor one named by $SCHEMATHESIS)' : '';

describe.skipIf(program === null)(`schemathesis${missing}`, () => {
  let repository: TestRepository;
  let server: TestServer;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'headgate-schemathesis-'));
    repository = await createRepository();
    await repository.commit({ 'pipelines.yaml': PIPELINES });
    server = await startTestServer(repository.dir, { limits: { requestsPerSecond: 1_000_000, cancelWaitMs: 200 } });
    await eventually('the pipelines are there', async () => {
      const answer = await server.api('/v1/pipelines?status=active');
      return ((await answer.json()) as { data: unknown[] }).data.length === 2;
    });
  });
  afterAll(async () => {
    await server.stop();
    await repository.remove();
    await rm(dir, { recursive: true, force: true });
  });

  const OURS = ['--exclude-path-regex', '^/api/', '--exclude-name', REVOKE];

  test('ids that nobody has, and all kinds of wrong requests', { timeout: 600_000 }, async () => {
    await run([], ['--phases', 'examples,coverage', ...OURS]);
  });

  test('what is there', { timeout: 600_000 }, async () => {
    await run(await operations(), ['--phases', 'fuzzing', '--max-examples', '10', ...OURS]);
  });

  test('the same routes in the envelopes of the other prefixes', { timeout: 600_000 }, async () => {
    const others = ['--include-path-regex', '^/api/', '--exclude-path-regex', '/tokens/\\{id\\}$'];
    await run(await operations(), ['--phases', 'examples,fuzzing', '--max-examples', '3', ...others]);
  });

  test('a token revokes tokens', { timeout: 120_000 }, async () => {
    await run([], ['--phases', 'coverage,fuzzing', '--max-examples', '10', '--include-name', REVOKE]);
  });

  /** Runs the program with a token of its own, and expects it to find nothing. */
  async function run(config: readonly string[], args: readonly string[]): Promise<void> {
    const issued = await server.api('/v1/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'schemathesis', scopes: ['admin'] }),
    });
    const { token } = (await issued.json()) as { token: string };
    const file = join(dir, 'schemathesis.toml');
    await writeFile(file, config.join('\n'));
    const { code, output } = await runProgram(
      program!,
      [
        '--config-file',
        file,
        'run',
        `${server.url}/openapi.json`,
        '--header',
        `Authorization: Bearer ${token}`,
        '--checks',
        CHECKS.join(','),
        '--generation-deterministic',
        '--no-shrink',
        '--suppress-health-check',
        'all',
        '--warnings',
        'off',
        '--continue-on-failure',
        ...args,
      ],
      dir,
    );
    if (code !== 0) process.stdout.write(`${failuresIn(output)}\n`);
    process.stdout.write(`${output.split('\n').slice(-6).join('\n')}\n`);
    expect(code, 'see above what it found').toBe(0);
  }

  /** Real ids for the parameters of paths: what is asked about is there. */
  async function operations(): Promise<string[]> {
    const json = async <T>(path: string, body?: unknown): Promise<T> => {
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const answer = await server.api(path, body === undefined ? {} : post);
      return (await answer.json()) as T;
    };
    const run = await json<{ id: string }>('/v1/pipelines/numbers/runs', {});
    const event = { pipeline_id: 'orders-stream', event_type: 'order.created', payload: { n: 1 } };
    const { event_id } = await json<{ event_id: string }>('/v1/events', event);
    const { data } = await json<{ data: { id: string }[] }>('/v1/repositories');
    const paths: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['^/[^{]*/pipelines/\\{id\\}/runs/\\{run_id\\}', { id: 'numbers', run_id: run.id }],
      ['/runs/\\{run_id\\}', { run_id: run.id }],
      ['/pipelines/\\{id\\}/(run|runs)$', { id: 'numbers' }],
      ['/pipelines/\\{id\\}(/(pause|resume|dead-letters|replays).*)?$', { id: 'orders-stream' }],
      ['/events/\\{id\\}', { id: event_id }],
      ['/repositories/\\{id\\}', { id: data[0]!.id }],
      ['/integrations/\\{id\\}', { id: 'lake' }],
    ];
    return paths.flatMap(([path, values]) => [
      '[[operations]]',
      `include-path-regex = ${JSON.stringify(path)}`,
      `parameters = { ${Object.entries(values)
        .map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`)
        .join(', ')} }`,
    ]);
  }
});

/** What it found, without the long values that it tried. */
function failuresIn(output: string): string {
  const lines = output.split('\n').map((line) => line.slice(0, 500));
  const from = lines.findIndex((line) => /^=+ (FAILURES|ERRORS) =+$/.test(line));
  return lines.slice(Math.max(0, from)).join('\n').slice(0, 20_000);
}

async function findProgram(named: string | undefined): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'schemathesis'));
  for (const path of named === undefined ? folders : [named]) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return null;
}

function runProgram(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
