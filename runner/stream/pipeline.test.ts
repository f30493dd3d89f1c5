import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/ports.ts';
import { eventually } from '../../test/server.ts';
import { PIPELINE, streamLab } from '../../test/streams.ts';
import { connectors } from '../connectors/index.ts';
import { StreamHost } from './host.ts';

test('a lease that is given back while a stream asks for it is asked for again at once', async () => {
  const lab = await streamLab();
  const asked: number[] = [];
  // The store says no, and the reader before it gives the pipeline back before that answer is here.
  const refusing = (store: Store): Store => ({
    ...store,
    events: Object.assign(Object.create(store.events) as Store['events'], {
      acquire: async (...args: Parameters<Store['events']['acquire']>) => {
        asked.push(performance.now());
        if (asked.length > 1) return store.events.acquire(...args);
        host.knock(PIPELINE);
        return null;
      },
    }),
  });
  const host: StreamHost = new StreamHost({
    catalogue: { connectors, env: {} },
    openStore: async (url) => refusing(await openStore(url)),
    holder: 'second',
    log: silentLogger(),
    send: () => undefined,
  });
  onTestFinished(async () => {
    await host.drain(1000);
    await lab.close();
  });
  host.start(lab.assignment({ destinations: [{ connector: 'file', settings: { path: 'out.ndjson' } }] }), 'h1');
  await eventually('a second try', async () => asked.length > 1);
  // Without the knock it would be half a second at least.
  expect(asked[1]! - asked[0]!).toBeLessThan(500);
});
