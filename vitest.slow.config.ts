import { defineConfig } from 'vitest/config';
import { TEST_ENVIRONMENT } from './test/vitest-environment.ts';
import { longestFirst } from './test/vitest-order.ts';

/** The slower suites: `npm run test:slow`, and `.ci/run` after the rest. */
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts', '{api,cli,controller,crds,runner,sdk,store,test}/**/*.slow.test.ts'],
    pool: 'forks',
    env: TEST_ENVIRONMENT,
    fileParallelism: false,
    sequence: {
      sequencer: longestFirst([
        'test/slow/event-kill-redis.test.ts',
        'test/slow/schemathesis.test.ts',
        'test/slow/event-kill-sqlite.test.ts',
        'test/pod-runs.slow.test.ts',
        'test/slow/controller-kill.test.ts',
        'test/pod-streams.slow.test.ts',
        'test/docs-tour.slow.test.ts',
        'test/stream-pipelines.slow.test.ts',
        'test/charts/chart.slow.test.ts',
      ]),
    },
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
