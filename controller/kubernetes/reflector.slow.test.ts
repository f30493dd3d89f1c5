import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import { sleep } from '../../foundation/time.ts';
import { POD } from './object-types.ts';
import { Reflector } from './reflector.ts';
import {
  eventLine,
  failing,
  listOf,
  misbehavingServer,
  object,
  open,
  type MisbehavingServer,
} from './testing/misbehaving.ts';
import type { KubeObject } from './types.ts';

let server: MisbehavingServer;
let reflector: Reflector<number>;
let changes: string[];
beforeEach(async () => {
  server = await misbehavingServer();
  changes = [];
  reflector = observer();
});
function observer(silenceMs?: number): Reflector<number> {
  const it = new Reflector({
    cluster: server.cluster,
    type: POD,
    keep: ({ metadata }) => {
      if (metadata.name === 'odd') throw new Error('cannot be read');
      return Number(metadata.resourceVersion);
    },
    log: createLogger({ level: 'fatal' }),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  it.onChange((key, now) => void changes.push(`${key.split('/')[1]}=${now ?? 'gone'}`));
  return it;
}
afterEach(async () => {
  await reflector.close();
  await server.close();
});

const kept = (): string[] => [...reflector.values()].map(String).sort();
const noted = (name: string, version: number): KubeObject => object(name, version) as unknown as KubeObject;
const waitFor = (told: string): Promise<void> =>
  expect.poll(() => changes, { timeout: 5000, interval: 10 }).toContain(told);
const watching = (from: number): Promise<void> =>
  expect.poll(() => server.asked, { timeout: 5000, interval: 10 }).toContain(`watch ${from}`);

describe('a watch', () => {
  it('goes on where it was after an orderly end, a cut, and a line that is cut in its middle', async () => {
    server.lists = [listOf(5, [['a', 3]])];
    await reflector.start();
    await watching(5);
    server.event('MODIFIED', 'a', 6);
    await waitFor('a=6');
    server.end('orderly');
    await watching(6);
    server.event('ADDED', 'b', 7);
    await waitFor('b=7');
    server.end('cut');
    await watching(7);
    server.event('ADDED', 'c', 8);
    await waitFor('c=8');
    server.send('{"type":"MODIFIED","object":{"metad');
    server.end('orderly');
    await watching(8);
    server.event('DELETED', 'a', 9);
    await waitFor('a=gone');
    expect(server.asked.filter((each) => each === 'list')).toHaveLength(1);
    expect(reflector.state()).toMatchObject({ synced: true, objects: 2, lists: 1, failures: 2 });
  });

  it('whose connection was lost without a word is begun again, and no line is late', async () => {
    reflector = observer(1000);
    server.lists = [listOf(5, [['a', 3]])];
    server.watches = [open(eventLine('MODIFIED', 'a', 6)), open(eventLine('MODIFIED', 'a', 7)), open()];
    await reflector.start();
    await watching(7);
    expect(server.asked).toEqual(['list', 'watch 5', 'watch 6', 'watch 7']);
    expect(reflector.state()).toMatchObject({ lists: 1, failures: 0 });
    // What is heard in time keeps a watch.
    const silences = server.asked.length;
    for (let version = 8; version < 18; version++) {
      server.event('MODIFIED', 'a', version);
      await sleep(150);
    }
    expect(server.asked).toHaveLength(silences);
  });

  it('that is not even answered is a failure, and is asked for again', async () => {
    reflector = observer(200);
    server.lists = [listOf(5, [['a', 3]])];
    server.watches = [() => undefined, open(eventLine('MODIFIED', 'a', 6))];
    await reflector.start();
    await waitFor('a=6');
    expect(reflector.state()).toMatchObject({ lists: 1, failures: 1 });
  });

  it('takes events of objects that it does not know, bookmarks, and types that it does not know', async () => {
    server.watches = [
      open(
        eventLine('MODIFIED', 'new', 6),
        eventLine('DELETED', 'none', 7),
        eventLine('SOMETHING', 'x', 8),
        eventLine('ADDED', 'odd', 9),
        `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } })}\n`,
      ),
      open(),
    ];
    await reflector.start();
    await waitFor('new=6');
    server.end('orderly');
    await watching(20);
    expect(changes).toEqual(['new=6']);
  });

  it('whose place is forgotten in its middle is begun with a list, which heals what was missed', async () => {
    const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
    server.lists = [
      listOf(5, [
        ['a', 3],
        ['b', 4],
      ]),
      listOf(30, [
        ['b', 4],
        ['c', 29],
      ]),
    ];
    server.watches = [open(eventLine('MODIFIED', 'a', 6), `${JSON.stringify(expired)}\n`), open()];
    await reflector.start();
    await watching(30);
    expect(changes).toEqual(['a=3', 'b=4', 'a=6', 'c=29', 'a=gone']);
    expect(reflector.state()).toMatchObject({ lists: 2, failures: 0 });
  });

  it('that is forgotten at once, again and again, is not asked for in a circle', async () => {
    server.watches = [failing(410, 'Expired')];
    await reflector.start();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(server.asked.length).toBeLessThan(9);
  });

  it('that ends at once, again and again, is not asked for in a circle', async () => {
    server.watches = [(response) => void response.writeHead(200).end()];
    await reflector.start();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(server.asked.length).toBeLessThan(6);
  });

  it('that is refused for now is asked for again when the server says so, and after an error', async () => {
    server.watches = [failing(429, 'TooManyRequests', { 'Retry-After': '1' }), failing(500, 'InternalError'), open()];
    const begun = performance.now();
    await reflector.start();
    await expect.poll(() => server.asked.length, { timeout: 8000, interval: 10 }).toBe(4);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    server.event('ADDED', 'a', 2);
    await waitFor('a=2');
    expect(reflector.state().failures).toBe(2);
  });
});

describe('a list', () => {
  it('that the server cannot give now is asked for again', async () => {
    server.lists = [
      failing(429, 'TooManyRequests', { 'Retry-After': '0.1' }),
      failing(500, 'x'),
      listOf(5, [['a', 3]]),
    ];
    await reflector.start();
    expect(kept()).toEqual(['3']);
  });

  it('whose next page has expired is begun anew', async () => {
    server.lists = [
      listOf(5, [['a', 3]], 'page-2'),
      failing(410, 'Expired'),
      listOf(9, [['b', 7]], 'page-2b'),
      listOf(9, [['c', 8]]),
    ];
    await reflector.start();
    expect(kept()).toEqual(['7', '8']);
    expect(server.asked.slice(0, 4)).toEqual(['list', 'list page-2', 'list', 'list page-2b']);
    expect(changes.slice(0, 4)).toEqual(['a=3', 'b=7', 'c=8', 'a=gone']);
  });

  it('sees what is new at once when a server that was away for long has forgotten the place', async () => {
    const away = failing(503, 'ServiceUnavailable');
    server.lists = [listOf(5, [['a', 3]]), listOf(8, [['b', 8]])];
    server.watches = [away, away, away, failing(410, 'Expired'), open()];
    await reflector.start();
    await expect
      .poll(() => server.asked.filter((each) => each.startsWith('watch')).length, { timeout: 9000, interval: 10 })
      .toBeGreaterThanOrEqual(4);
    await expect.poll(kept, { timeout: 300, interval: 10 }).toEqual(['8']);
    expect(reflector.state()).toMatchObject({ failures: 3, lists: 2 });
  });

  it('that is forgotten again and again is not listed in a circle', async () => {
    server.lists = [listOf(5, [['a', 3]])];
    server.watches = [failing(410, 'Expired')];
    await reflector.start();
    await sleep(2500);
    // At once, and then after half a second, one, two, …, each with some chance in it.
    expect(reflector.state().lists).toBeGreaterThanOrEqual(3);
    expect(reflector.state().lists).toBeLessThanOrEqual(6);
  });

  it('holds nothing that cannot be read, and everything else', async () => {
    server.lists = [
      listOf(5, [
        ['odd', 2],
        ['a', 3],
      ]),
    ];
    await reflector.start();
    expect(kept()).toEqual(['3']);
  });

  it('does not bring back what was, nor drop what is newer', async () => {
    const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
    let answer = (): void => undefined;
    server.lists = [
      listOf(5, [
        ['a', 3],
        ['b', 4],
      ]),
      (response, url) => {
        answer = () =>
          listOf(8, [
            ['a', 3],
            ['b', 4],
          ] as [string, number][])(response, url);
      },
    ];
    server.watches = [open(`${JSON.stringify(expired)}\n`), open()];
    await reflector.start();
    await expect.poll(() => server.asked.filter((each) => each === 'list').length, { interval: 10 }).toBe(2);
    // While the list is under way, writes of our own change one, end one and make one.
    reflector.note(noted('a', 10));
    reflector.noteGone(noted('b', 4));
    reflector.note(noted('c', 11));
    answer();
    await watching(8);
    expect(kept()).toEqual(['10', '11']);
    expect(changes).toEqual(['a=3', 'b=4', 'a=10', 'b=gone', 'c=11']);
  });
});

describe('what a write of our own answered', () => {
  it('is there at once, and what the watch tells of before it changes nothing', async () => {
    server.lists = [listOf(5, [['a', 3]])];
    await reflector.start();
    await watching(5);
    reflector.note(noted('a', 9));
    server.event('MODIFIED', 'a', 7);
    server.event('MODIFIED', 'a', 9);
    // It was deleted, and made again by us before the watch told of that.
    reflector.noteGone(noted('a', 9));
    reflector.note(noted('a', 12));
    server.event('DELETED', 'a', 11);
    server.event('ADDED', 'a', 12);
    server.event('ADDED', 'end', 13);
    await waitFor('end=13');
    expect(changes).toEqual(['a=3', 'a=9', 'a=gone', 'a=12', 'end=13']);
  });

  it('does not come back when the watch has seen its end', async () => {
    server.lists = [listOf(5, [['a', 3]])];
    await reflector.start();
    await watching(5);
    server.event('DELETED', 'a', 8);
    await waitFor('a=gone');
    reflector.note(noted('a', 7));
    expect(kept()).toEqual([]);
    reflector.noteGone(noted('b', 9));
    server.event('MODIFIED', 'b', 9);
    server.event('ADDED', 'end', 10);
    await waitFor('end=10');
    expect(changes).toEqual(['a=3', 'a=gone', 'end=10']);
  });
});

describe('a cluster that is closed', () => {
  it('breaks off what is under way and takes nothing more', async () => {
    const watch = server.cluster.watch(
      POD,
      { resourceVersion: '1', timeoutSeconds: 300, silenceMs: 60_000, signal: new AbortController().signal },
      () => undefined,
    );
    const ended = watch.catch((error: unknown) => error);
    await watching(1);
    server.lists = [() => undefined];
    const list = server.cluster.list(POD).catch((error: unknown) => error);
    await expect.poll(() => server.asked, { interval: 10 }).toContain('list');
    const began = performance.now();
    await server.cluster.close();
    expect(await ended).toBeInstanceOf(Error);
    expect(await list).toMatchObject({ code: 'cluster_unreachable' });
    await expect(server.cluster.list(POD)).rejects.toMatchObject({ code: 'cluster_unreachable' });
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
