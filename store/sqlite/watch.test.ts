import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryStore } from './temporary.ts';
import { ChangeFeed } from './watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('polls only while somebody listens, and calls only when the version differs', async () => {
  let current = 1;
  const version = vi.fn(() => current);
  const feed = new ChangeFeed(version);
  await vi.advanceTimersByTimeAsync(1000);
  expect(version).not.toHaveBeenCalled();

  const listener = vi.fn();
  const stop = feed.subscribe(listener);
  await vi.advanceTimersByTimeAsync(1000);
  expect(version.mock.calls.length).toBeGreaterThan(3);
  expect(listener).not.toHaveBeenCalled();
  current++;
  await vi.advanceTimersByTimeAsync(250);
  expect(listener).toHaveBeenCalledTimes(1);

  stop();
  const polled = version.mock.calls.length;
  current++;
  await vi.advanceTimersByTimeAsync(1000);
  expect(version).toHaveBeenCalledTimes(polled);
  expect(listener).toHaveBeenCalledTimes(1);
});

test('many writes of one turn make one call', async () => {
  const feed = new ChangeFeed(() => 1);
  const listener = vi.fn();
  const stop = feed.subscribe(listener);
  for (let n = 0; n < 100; n++) feed.notify();
  await vi.advanceTimersByTimeAsync(0);
  expect(listener).toHaveBeenCalledTimes(1);
  stop();
});

test('a listener is called when the version cannot be read: it finds out why', async () => {
  let broken = false;
  const feed = new ChangeFeed(() => {
    if (broken) throw new Error('unreadable');
    return 1;
  });
  const listener = vi.fn();
  const stop = feed.subscribe(listener);
  broken = true;
  await vi.advanceTimersByTimeAsync(200);
  expect(listener).toHaveBeenCalledTimes(1);
  stop();
});

test('the same function may listen twice', () => {
  const feed = new ChangeFeed(() => 1);
  const listener = vi.fn();
  const [first, second] = [feed.subscribe(listener), feed.subscribe(listener)];
  first();
  feed.notify();
  vi.runAllTicks();
  vi.advanceTimersByTime(1);
  expect(listener).toHaveBeenCalledTimes(1);
  second();
});

test('listening keeps no process alive', { timeout: 30_000 }, async () => {
  vi.useRealTimers();
  const temporary = await temporaryStore();
  const open = new URL('../open.ts', import.meta.url).href;
  const program = `
    import { openStore } from ${JSON.stringify(open)};
    const store = await openStore(${JSON.stringify(temporary.url)});
    store.runs.watch(() => {});
    process.stdout.write('listening');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 20_000,
  });
  expect(stdout).toBe('listening');
  await temporary.dispose();
});
