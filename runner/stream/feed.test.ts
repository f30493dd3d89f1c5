import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/ports.ts';
import { Feed } from './feed.ts';
import { Wake } from './wake.ts';

let folder: string;
let store: Store;
const end = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-feed-'));
  store = await openStore(`sqlite:${join(folder, 'headgate.db')}`);
});
afterEach(async () => {
  end.abort();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const EVENT_BYTES = 10_000;
const EVENTS = 300;
const MOST = 400_000;

it('reads ahead what fits into its memory, and goes on when there is room again', async () => {
  const payload = JSON.stringify({ text: 'x'.repeat(EVENT_BYTES) });
  for (let i = 0; i < EVENTS; i += 10) {
    const event = { pipelineId: 'pl_a', type: 'test', key: null, payload };
    await store.events.append(
      Array.from({ length: 10 }, () => event),
      Date.now(),
    );
  }
  const more = new Wake();
  const feed = new Feed({
    events: store.events,
    pipelineId: 'pl_a',
    offset: 0,
    maxBytes: () => MOST,
    readEvents: 1000,
    ahead: 100,
    onMore: () => more.notify(),
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  const running = feed.run(end.signal);
  const offsets: number[] = [];
  let underWay = 0;
  let most = 0;
  const signal = AbortSignal.timeout(10_000);
  while (offsets.length < EVENTS) {
    const seen = more.version;
    signal.throwIfAborted();
    if (!feed.full && offsets.length + feed.available < EVENTS) {
      await more.wait(seen, 20, signal);
      continue;
    }
    most = Math.max(most, feed.available * EVENT_BYTES + underWay);
    const bytes = feed.eventBytes;
    const taken = feed.take(7);
    underWay = bytes * taken.length;
    most = Math.max(most, feed.available * EVENT_BYTES + underWay);
    offsets.push(...taken.map(({ offset }) => offset));
    feed.release(bytes * taken.length);
    underWay = 0;
    if (taken.length === 0) await more.wait(seen, 20, signal);
  }
  expect(offsets).toEqual(Array.from({ length: EVENTS }, (_, index) => index));
  expect(most).toBeGreaterThan(MOST / 2);
  // A read may end a little beyond: the log counts bytes of text, the feed those in memory.
  expect(most).toBeLessThan(1.5 * MOST);
  end.abort();
  await running;
});
