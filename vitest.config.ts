import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{api,cli,controller,crds,foundation,runner,sdk,store}/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/slow/**', '**/*.slow.test.ts', '**/*.cluster.test.ts'],
    pool: 'forks',
    // Half of what the tests do is to wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism()),
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
