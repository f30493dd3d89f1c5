/** Two whole servers on one store: every occurrence has one run, and every run one execution (invariant 3). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from './server.ts';
import { sharedStore, type SharedStore } from './waiting-run.ts';

let servers: SharedStore;
beforeEach(async () => {
  servers = await sharedStore();
});
afterEach(() => servers.dispose());

const NAMES = ['a', 'b', 'c'];
const scheduled = (name: string, enabled: boolean): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  enabled: ${enabled}
  schedule: {cron: "* * * * * *", catchUp: all}
  history: {runs: 10000}
  source: {connector: generator, settings: {rows: 1}, stream: orders}
  destination: {connector: file, settings: {path: ${join(servers.shared, name)}.ndjson}, mode: append}
`;
const files = (enabled: boolean): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, scheduled(name, enabled)]));

it('one each, executed once, whichever server takes them and whichever is killed', async () => {
  await servers.repository.commit(files(true));
  const [first] = await Promise.all([servers.start('one'), servers.start('two')]);
  const runners = async (): Promise<Set<string | null>> => {
    const all = (await Promise.all(NAMES.map((name) => servers.runsOf(name)))).flat();
    return new Set(all.filter(({ status }) => status === 'success').map(({ runner }) => runner));
  };
  await eventually('both to have executed runs', async () => (await runners()).size >= 2, 20_000);
  first.kill('SIGKILL');
  expect(await first.exited).toBe('SIGKILL');
  const killed = Date.now();
  await eventually('the other to go on', async () => {
    const later = (await servers.runsOf('a')).filter((run) => run.status === 'success' && run.scheduledFor! > killed);
    return later.length >= 3;
  });
  await servers.repository.commit(files(false));
  const running = (): Promise<number> => servers.store.runs.count({ status: ['running'] });
  await eventually(
    'the pipelines to be paused',
    async () => {
      const last = (await servers.runsOf('a')).at(-1)!.scheduledFor!;
      return Date.now() - last > 2500 && (await running()) === 0;
    },
    25_000,
  );

  for (const name of NAMES) {
    const runs = await servers.runsOf(name);
    const instants = runs.map((run) => run.scheduledFor!);
    // catchUp: all: every second from the first to the last, and none twice.
    expect(instants).toEqual(instants.map((_, index) => instants[0]! + index * 1000));
    const ended = runs.filter((run) => run.status !== 'pending');
    expect(ended.map(({ status, error }) => ({ status, error }))).toEqual(
      ended.map(() => ({ status: 'success', error: null })),
    );
    // The first run of one may have been with the server that was killed, and wait for its next attempt.
    const text = ended.length === 0 ? '' : await readFile(join(servers.shared, `${name}.ndjson`), 'utf8');
    expect(text.split('\n').slice(0, -1)).toHaveLength(ended.length);
  }
}, 60_000);
