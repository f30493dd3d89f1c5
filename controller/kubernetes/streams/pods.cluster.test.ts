/** Streams in real Pods: `KUBECONFIG` of a cluster with a node, and `HEADGATE_TEST_IMAGE` on it. */
import { afterAll, describe } from 'vitest';
import { streamsSuite } from '../../runners/streams-suite.ts';
import { testCluster } from '../testing/cluster.ts';
import { podsMissing, streamPods } from './testing/pods.ts';

const cluster = testCluster();
const image = process.env['HEADGATE_TEST_IMAGE'];
const missing = await podsMissing(cluster, image);
afterAll(() => cluster.close());

describe.skipIf(missing !== null)(`Pods${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  streamsSuite('Kubernetes', { startMs: 60_000, testMs: 240_000 }, () => streamPods(cluster, image!));
});
