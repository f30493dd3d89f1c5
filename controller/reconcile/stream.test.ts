import { expect, test } from 'vitest';
import type { RunnerEnvironment, StreamAssignment } from '../../runner/spec.ts';
import { convergeStream } from './stream.ts';

const ENVIRONMENT: RunnerEnvironment = {
  store: 'redis://one',
  dataDir: '/one',
  allowPaths: [],
  allowNetworks: ['10.0.0.0/8'],
  leaseMs: 10_000,
};
const PIPELINE: StreamAssignment['pipeline'] = {
  id: 'pl_orders',
  workspace: 'shop',
  name: 'orders',
  generation: 1,
  revision: 'r1',
  sources: [],
  transforms: [],
  destinations: [],
  retry: { attempts: 1, initial: 1, max: 1, jitter: false },
  timeoutMs: 1000,
  variables: {},
  files: {},
};
const SETTINGS: StreamAssignment['settings'] = {
  batch: { size: 1, intervalMs: 0 },
  delivery: { concurrency: 1, order: 'all' },
};

/** The hash under which the stream is started. */
async function hashOf(
  environment: Partial<RunnerEnvironment> = {},
  pipeline: Partial<typeof PIPELINE> = {},
): Promise<string> {
  let hash = '';
  const streams = {
    ensure: async (wanted: { readonly hash: string }) => void (hash = wanted.hash),
    get: () => undefined,
  };
  const assignment = {
    pipeline: { ...PIPELINE, ...pipeline },
    settings: SETTINGS,
    environment: { ...ENVIRONMENT, ...environment },
  };
  const wanted = { assignment, shape: { resources: {}, podTemplate: {}, replicas: 1 } };
  const secrets = { get: async () => null };
  await convergeStream('pl_orders', wanted, { streams, store: { secrets } } as never);
  return hash;
}

test('a stream starts again when the installation allows something else, not for another place or title', async () => {
  const before = await hashOf();
  expect(await hashOf({ allowNetworks: [] })).not.toBe(before);
  expect(await hashOf({ allowPaths: ['/mnt'] })).not.toBe(before);
  expect(await hashOf({}, { variables: { a: '1' } })).not.toBe(before);
  expect(await hashOf({ store: 'redis://:other@one', dataDir: '/two' })).toBe(before);
  expect(await hashOf({}, { generation: 2, revision: 'r2' })).toBe(before);
});
