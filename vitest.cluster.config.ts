import { defineConfig } from 'vitest/config';

/** What needs a Kubernetes cluster: `KUBECONFIG=… npm run test:cluster`. Tests that need a node as well skip, and say so, without one. */
export default defineConfig({
  test: {
    include: ['{api,cli,controller,crds,test}/**/*.cluster.test.ts'],
    globalSetup: 'test/cluster/definitions.ts',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
