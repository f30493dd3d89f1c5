import { defineConfig } from 'vitest/config';

/** The slower suites: `npm run test:slow`, and `.ci/run` after the rest. */
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts', '{api,controller,sdk,store,test}/**/*.slow.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
