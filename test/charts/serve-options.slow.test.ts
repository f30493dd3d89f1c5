/** What the chart gives to `headgate serve` is what that command takes. */
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../cli/context.ts';
import { createProgram } from '../../cli/program.ts';
import { applyEnvironment, variableOf } from '../../cli/serve/environment.ts';
import { S3_CREDENTIAL_VARIABLES } from '../../store/objects/credentials.ts';
import { podsOf, render, ROOT, withoutHelm, type Container, type Values } from './render.ts';

const SETS: readonly (readonly [string, Values, readonly string[]])[] = [
  ['defaults', {}, ['all']],
  ['controller and API apart', { mode: 'split' }, ['controller', 'api']],
  ['some namespaces', { watchNamespaces: ['shop', 'crm'] }, ['all']],
  ['a repository', { repository: { url: 'https://git.example.com/x.git', writeBack: 'commit' } }, ['all']],
  ['outputs', { outputs: { enabled: true } }, ['all']],
  [
    'outputs in a bucket',
    { outputs: { s3: { url: 's3://data/a b?endpoint=https://minio:9000', existingSecret: 'bucket' } } },
    ['all'],
  ],
];

function serveCommand(): Command {
  const context = createContext({
    env: { all: {} },
    terminal: {
      out: () => undefined,
      err: () => undefined,
      width: undefined,
      live: false,
      color: false,
      readInput: () => Promise.resolve(new Uint8Array()),
      input: null,
    },
    cwd: '/',
    clock: () => 0,
    version: '',
    signal: new AbortController().signal,
  });
  return createProgram(context)
    .commands.find((command) => command.name() === 'serve')!
    .exitOverride();
}

const servers = (values: Values): Container[] =>
  podsOf(render(values)).flatMap(({ template }) => template.spec.containers.filter(({ name }) => name === 'headgate'));

/** What the container is given; a secret is some text. */
const environment = ({ env = [] }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value = 'redis://secret' }) => [name, value]));

describe.skipIf(withoutHelm())('headgate serve', () => {
  it.each(SETS)('takes the options of the chart: %s', (_, values, roles) => {
    const given = servers(values).map((container) => {
      const [command, ...args] = container.args!;
      expect(command).toBe('serve');
      const serve = serveCommand();
      expect(serve.parseOptions(args)).toEqual({ operands: [], unknown: [] });
      applyEnvironment(serve, environment(container));
      return serve.opts<Record<string, unknown>>();
    });
    expect(given.map((options) => options['role'])).toEqual(roles);
    for (const options of given) {
      expect(options).toMatchObject({
        platform: 'kubernetes',
        runnerImage: 'headgate:0.1.0',
        environment: 'production',
      });
    }
  });

  it('reads the variables that the chart sets', () => {
    const reader = readFileSync(join(ROOT, 'cli', 'process-context.ts'), 'utf8');
    const options = serveCommand().options.map(variableOf);
    const credentials: readonly string[] = Object.values(S3_CREDENTIAL_VARIABLES);
    const values = { mode: 'split', outputs: { s3: { url: 's3://data?region=x', existingSecret: 'bucket' } } };
    const names = new Set(servers(values).flatMap(({ env = [] }) => env.map(({ name }) => name)));
    expect(names.size).toBeGreaterThan(6);
    for (const name of names) {
      expect([...options, ...credentials].includes(name) || reader.includes(`'${name}'`), name).toBe(true);
    }
  });
});
