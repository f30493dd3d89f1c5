import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { silentLogger } from '../../foundation/log.ts';
import { readPodEnvironment } from './settings.ts';
import { doTask } from './task.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return (address as { port: number }).port;
}

test('a stream without its store is alive, and not ready', async () => {
  const port = await freePort();
  const variables = {
    HEADGATE_STORE: 'redis://127.0.0.1:1',
    HEADGATE_ASSIGNMENT: 'stream/pl_orders/abc',
    HEADGATE_DATA: tmpdir(),
    HEADGATE_HEALTH_PORT: String(port),
  };
  const ending = new AbortController();
  let tries = 0;
  const openStore = async (): Promise<never> => {
    tries++;
    throw new HeadgateError('unavailable', 'the store is out of reach', { retryable: true });
  };
  const ended = doTask({
    env: readPodEnvironment(variables, 'pod-1'),
    connectors: [],
    openStore,
    log: silentLogger(),
    ending: ending.signal,
    hurry: new AbortController().signal,
  });
  await expect.poll(() => tries, { timeout: 10_000 }).toBeGreaterThan(1);
  const ask = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await ask('/live')).toEqual([200, 'ok']);
  expect(await ask('/ready')).toEqual([503, 'the store or the assignment is not there yet']);
  ending.abort(new Error('the Pod is to end'));
  expect(await ended).toBe(75);
  await expect(ask('/live')).rejects.toThrow();
});
