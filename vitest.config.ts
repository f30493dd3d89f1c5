import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { TEST_ENVIRONMENT } from './test/vitest-environment.ts';
import { longestFirst } from './test/vitest-order.ts';

export default defineConfig({
  test: {
    include: ['{api,cli,controller,crds,foundation,runner,sdk,store}/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/slow/**', '**/*.slow.test.ts', '**/*.cluster.test.ts'],
    pool: 'forks',
    env: TEST_ENVIRONMENT,
    // One more than there are cores: much of what the tests do is to wait.
    maxWorkers: availableParallelism() + 1,
    sequence: {
      sequencer: longestFirst([
        'test/examples.test.ts',
        'test/runs.test.ts',
        'store/sqlite/suites.test.ts',
        'test/sync.test.ts',
        'runner/connectors/file.test.ts',
        'runner/main.test.ts',
      ]),
    },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['{api,cli,controller,crds,foundation,runner,store}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.gen.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
