import { defineConfig } from 'vitest/config';
import { TEST_ENVIRONMENT } from './test/vitest-environment.ts';
import { longestFirst } from './test/vitest-order.ts';

/** What needs a Kubernetes cluster: `KUBECONFIG=… npm run test:cluster`. Tests that need a node as well skip, and say so, without one. */
export default defineConfig({
  test: {
    include: ['{api,cli,controller,crds,test}/**/*.cluster.test.ts'],
    globalSetup: 'test/cluster/definitions.ts',
    pool: 'forks',
    env: TEST_ENVIRONMENT,
    fileParallelism: false,
    sequence: {
      sequencer: longestFirst([
        'test/cluster/faults.cluster.test.ts',
        'test/cluster/crash.cluster.test.ts',
        'controller/kubernetes/streams/pods.cluster.test.ts',
        'test/cluster/takeover.cluster.test.ts',
        'controller/kubernetes/runners/jobs.cluster.test.ts',
        'controller/kubernetes/election/election.cluster.test.ts',
        'test/cluster/bad-answers.cluster.test.ts',
        'test/cluster/custom-resources.cluster.test.ts',
        'controller/kubernetes/runners/pods.cluster.test.ts',
        'test/cluster/serve.cluster.test.ts',
      ]),
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
