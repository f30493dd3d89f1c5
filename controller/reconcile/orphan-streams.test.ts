import { expect, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import type { Resources, StreamInfo } from '../ports.ts';
import { OrphanStreams } from './orphan-streams.ts';

test('a stream is ended once its pipeline has been missing for a while', async () => {
  const live = new Set(['pl_a', 'pl_b']);
  const declared = new Set(['pl_a', 'pl_b']);
  let refuses = true;
  let now = 0;
  const info = (pipelineId: string): StreamInfo => ({ pipelineId, hash: 'h', state: 'running', since: 0 });
  const orphans = new OrphanStreams({
    streams: {
      list: () => [...live].map(info),
      stop: async (pipelineId) => {
        if (refuses) throw new Error('not now');
        live.delete(pipelineId);
      },
    },
    resources: { getById: async (id) => (declared.has(id) ? ({} as Awaited<ReturnType<Resources['getById']>>) : null) },
    log: silentLogger(),
    clock: () => now,
  });
  expect(await orphans.work()).toBe(60_000);
  declared.delete('pl_a');
  expect(await orphans.work()).toBe(30_000);
  now += 20_000;
  // It was only not seen for a moment.
  declared.add('pl_a');
  declared.delete('pl_b');
  await orphans.work();
  declared.delete('pl_a');
  now += 29_000;
  await orphans.work();
  expect([...live]).toEqual(['pl_a', 'pl_b']);
  now += 1000;
  // The cluster does not answer: tried again.
  await orphans.work();
  expect([...live]).toEqual(['pl_a', 'pl_b']);
  refuses = false;
  await orphans.work();
  expect([...live]).toEqual(['pl_a']);
  now += 30_000;
  await orphans.work();
  expect([...live]).toEqual([]);
  expect(await orphans.work()).toBe(60_000);
});
