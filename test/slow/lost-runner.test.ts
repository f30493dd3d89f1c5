/** Runs whose runner is lost: they are tried again once its lease has run out. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../server.ts';
import { childrenOf, sharedStore, waitingPipeline, type SharedStore, type WaitingPipeline } from '../waiting-run.ts';

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

it('a run is taken over by the other server when server and runner die together', async () => {
  const first = await servers.start('one');
  const second = await servers.start('two');
  const id = await pipeline.begin(first);
  const { runner } = (await servers.store.runs.get(id))!;
  const mine = runner!.endsWith(`/${first.pid}`) ? first : second;
  for (const pid of await childrenOf(mine.pid)) process.kill(pid, 'SIGKILL');
  mine.kill('SIGKILL');
  await mine.exited;
  await eventually('the second attempt', async () => pipeline.asked() === 2, 25_000);
  pipeline.answer(1);
  expect(await servers.ended(id)).toMatchObject({ status: 'success', attempt: 2, rowsLoaded: 1 });
  expect(await pipeline.rows()).toBe(1);
});

it('a second SIGTERM ends server and runner at once, and the next server tries the run again', async () => {
  const server = await servers.start('data');
  const id = await pipeline.begin(server);
  const [runner] = await childrenOf(server.pid);
  server.kill('SIGTERM');
  await eventually('the server to say so', async () => server.output().includes('stopping'));
  // One Ctrl-C may arrive twice; what comes later than that is another.
  await new Promise((resolve) => setTimeout(resolve, 400));
  const again = performance.now();
  server.kill('SIGTERM');
  expect(await server.exited).toBe(143);
  expect(performance.now() - again).toBeLessThan(2000);
  await eventually('the runner to be gone', async () => !isAlive(runner!), 3000);
  await servers.start('data');
  await eventually('the second attempt', async () => pipeline.asked() === 2, 25_000);
  pipeline.answer(1);
  expect(await servers.ended(id)).toMatchObject({ status: 'success', attempt: 2, rowsLoaded: 1 });
  expect(await pipeline.rows()).toBe(1);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
