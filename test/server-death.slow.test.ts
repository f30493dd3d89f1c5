/** A run that is going on when its server is killed or told to stop. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from './server.ts';
import { sharedStore, waitingPipeline, type SharedStore, type WaitingPipeline } from './waiting-run.ts';

let servers: SharedStore;
let pipeline: WaitingPipeline;
beforeEach(async () => {
  servers = await sharedStore();
  pipeline = await waitingPipeline(servers);
});
afterEach(async () => {
  await servers.dispose();
  await pipeline.close();
});

it('survives the death of its server, and the next server sees its end', async () => {
  const first = await servers.start('data');
  const id = await pipeline.begin(first);
  first.kill('SIGKILL');
  await first.exited;
  const second = await servers.start('data');
  pipeline.answer(0);
  expect(await servers.ended(id)).toMatchObject({ status: 'success', attempt: 1, rowsLoaded: 1 });
  const shown = (await (await second.api(`/v1/runs/${id}`)).json()) as { status: string };
  expect(shown.status).toBe('success');
  expect(pipeline.asked()).toBe(1);
  expect(await pipeline.rows()).toBe(1);
});

it('may end after SIGTERM, and then the server exits with 0', async () => {
  const server = await servers.start('data');
  const id = await pipeline.begin(server);
  server.kill('SIGTERM');
  await eventually('the server to say so', async () => server.output().includes('stopping'));
  await eventually('the API to end', () =>
    server.api('/healthz').then(
      () => false,
      () => true,
    ),
  );
  pipeline.answer(0);
  expect(await server.exited).toBe(0);
  expect(await servers.store.runs.get(id)).toMatchObject({ status: 'success', attempt: 1, rowsLoaded: 1 });
  expect(server.output()).not.toMatch(/error/i);
});
