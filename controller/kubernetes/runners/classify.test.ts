import { describe, expect, it, test } from 'vitest';
import { classify, type JobState, type Refusal } from './classify.ts';
import { refusalOf } from './failed-create.ts';
import { seenJob, seenPod, type SeenJob } from './seen.ts';
import { jobObject, podObject } from './testing/objects.ts';

const CREATED = Date.parse('2026-01-01T00:00:00Z');
const S = 1000;
const TIMES = { startMs: 300 * S, bootMs: 30 * S };
const at = (seconds: number): string => new Date(CREATED + seconds * S).toISOString();

interface Scene {
  readonly pods?: readonly Parameters<typeof podObject>[0][];
  readonly job?: Parameters<typeof jobObject>[0];
  readonly firstPod?: string;
  readonly refusal?: Refusal;
  /** Seconds after the Job was created. */
  readonly after?: number;
}

function state({ pods = [], job = {}, firstPod, refusal, after = 60 }: Scene): JobState {
  const seen = pods.map((pod) => seenPod(podObject(pod)));
  const sight = { job: seenJob(jobObject(job)), pods: seen, firstPod: firstPod ?? seen[0]?.uid, refusal };
  return classify({ ...sight, now: CREATED + after * S }, TIMES);
}

const waiting = (reason: string, message?: string): object => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'runner', image: 'x:1', ready: false, state: { waiting: { reason, message } } }],
});
const running = (startedAt: string): object => ({
  phase: 'Running',
  containerStatuses: [{ name: 'runner', ready: true, state: { running: { startedAt } } }],
});
const terminated = (exitCode: number, more: object = {}): object => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [
    { name: 'runner', state: { terminated: { exitCode, startedAt: at(5), finishedAt: at(50), ...more } } },
  ],
});
const unschedulable = {
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes are available: 3 Insufficient memory.',
      lastTransitionTime: at(1),
    },
  ],
};
const disrupted = (reason: string, message = ''): object => ({
  ...terminated(137, { reason: 'Error' }),
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message }],
});
const job = (condition: object): object => ({ conditions: [{ status: 'True', ...condition }] });

/** Shapes as the API servers of 1.20 and of today give them. */
describe('classify', () => {
  test.each<[string, Scene, object]>([
    ['a Job without a Pod yet', {}, { kind: 'starting' }],
    [
      'a Pod that waits for a node: not told at once',
      { pods: [{ status: unschedulable }], after: 3 },
      { kind: 'starting' },
    ],
    [
      'a Pod that no node takes',
      { pods: [{ status: unschedulable }] },
      {
        kind: 'starting',
        waiting: { code: 'unschedulable', message: expect.stringContaining('3 Insufficient memory') },
      },
    ],
    [
      'for too long',
      { pods: [{ status: unschedulable }], after: 301 },
      {
        kind: 'hopeless',
        error: {
          code: 'unschedulable',
          message: expect.stringMatching(/Insufficient memory.* \(not started within 5m\)/),
        },
      },
    ],
    ['a container that is being made', { pods: [{ status: waiting('ContainerCreating') }] }, { kind: 'starting' }],
    [
      'for too long',
      { pods: [{ status: waiting('ContainerCreating') }], after: 301 },
      { kind: 'hopeless', error: { code: 'pod_refused' } },
    ],
    [
      'an image that cannot be pulled',
      { pods: [{ status: waiting('ErrImagePull', 'not found') }] },
      { kind: 'starting', waiting: { code: 'image_unavailable', message: expect.stringContaining('not found') } },
    ],
    [
      'and its back-off',
      { pods: [{ status: waiting('ImagePullBackOff', 'Back-off pulling image') }], after: 301 },
      { kind: 'hopeless', error: { code: 'image_unavailable' } },
    ],
    [
      'an image that is no name',
      { pods: [{ status: waiting('InvalidImageName', 'invalid reference') }] },
      { kind: 'hopeless', error: { code: 'image_unavailable' }, final: true },
    ],
    [
      'a container without its Secret',
      { pods: [{ status: waiting('CreateContainerConfigError', 'secret "x" not found') }] },
      { kind: 'starting', waiting: { code: 'pod_refused' } },
    ],
    ['a runner that starts', { pods: [{ status: running(at(50)) }] }, { kind: 'starting' }],
    ['a runner that reports by itself', { pods: [{ status: running(at(20)) }] }, { kind: 'running' }],
    [
      'a runner on a silent node',
      {
        pods: [
          {
            status: {
              ...running(at(5)),
              conditions: [
                { type: 'Ready', status: 'False' },
                { type: 'ContainersReady', status: 'True' },
              ],
            },
          },
        ],
      },
      { kind: 'running' },
    ],
    ['success', { pods: [{ status: terminated(0, { reason: 'Completed' }) }] }, { kind: 'ended', clean: true }],
    [
      'success, then evicted',
      { pods: [{ status: { ...terminated(0), reason: 'Evicted' } }] },
      { kind: 'ended', clean: true },
    ],
    [
      'failure',
      { pods: [{ status: terminated(1, { reason: 'Error', message: 'last words\n' }) }] },
      {
        kind: 'ended',
        clean: false,
        reason: 'the runner ended with exit code 1: last words',
        endedAt: CREATED + 50 * S,
      },
    ],
    [
      'an end that the store was not told of, evicted at last',
      {
        pods: [
          {
            status: {
              ...terminated(75, {
                reason: 'Error',
                message: '{"runEnded":{"status":"success","finishedAt":1,"rowsLoaded":3}}',
              }),
              reason: 'Evicted',
            },
          },
        ],
      },
      { kind: 'ended', clean: false, outcome: { status: 'success', finishedAt: 1, rowsLoaded: 3 } },
    ],
    [
      'a signal',
      { pods: [{ status: terminated(139, { reason: 'Error' }) }] },
      { kind: 'ended', reason: 'the runner was ended by signal 11' },
    ],
    [
      'its own memory limit',
      { pods: [{ memory: '256Mi', status: terminated(137, { reason: 'OOMKilled' }) }] },
      { kind: 'ended', final: true, error: { code: 'out_of_memory', message: expect.stringContaining('256Mi') } },
    ],
    [
      'memory of the node',
      { pods: [{ status: terminated(137, { reason: 'OOMKilled' }) }] },
      { kind: 'ended', error: { code: 'out_of_memory' } },
    ],
    [
      'an eviction',
      { pods: [{ status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' } }] },
      { kind: 'ended', error: { code: 'evicted', message: expect.stringContaining('low on resource: memory') } },
    ],
    [
      'a node that shuts down',
      { pods: [{ status: { phase: 'Failed', reason: 'Shutdown', message: 'Node is shutting, evicting pods' } }] },
      { kind: 'ended', error: { code: 'evicted' } },
    ],
    [
      'preemption',
      { pods: [{ status: disrupted('PreemptionByScheduler', 'for a higher priority') }] },
      { kind: 'ended', error: { code: 'evicted', message: expect.stringContaining('higher priority') } },
    ],
    [
      'kubectl drain',
      { pods: [{ status: disrupted('EvictionByEvictionAPI') }] },
      { kind: 'ended', error: { code: 'evicted' } },
    ],
    [
      'a node with a taint',
      { pods: [{ status: disrupted('DeletionByTaintManager') }] },
      { kind: 'ended', error: { code: 'node_lost' } },
    ],
    [
      'a node that is gone',
      { pods: [{ status: disrupted('DeletionByPodGC') }] },
      { kind: 'ended', error: { code: 'node_lost' } },
    ],
    [
      'a node that was lost',
      { pods: [{ status: { phase: 'Failed', reason: 'NodeLost' } }] },
      { kind: 'ended', error: { code: 'node_lost' } },
    ],
    [
      'a kubelet without room',
      {
        pods: [
          {
            node: 'n1',
            status: { phase: 'Failed', reason: 'OutOfcpu', message: 'Node didn’t have enough resource: cpu' },
          },
        ],
      },
      { kind: 'ended', error: { code: 'unschedulable' } },
    ],
    [
      'a command that is not there',
      { pods: [{ status: terminated(128, { reason: 'StartError', message: 'exec: "node": not found' }) }] },
      { kind: 'ended', error: { code: 'pod_refused', message: expect.stringContaining('exec: "node"') } },
    ],
    ['a Pod that is ending', { pods: [{ deleted: at(55), status: running(at(5)) }] }, { kind: 'running' }],
    [
      'a Pod whose end no node confirms',
      { pods: [{ deleted: at(20), node: 'n1', status: running(at(5)) }] },
      { kind: 'hopeless', error: { code: 'node_lost', message: expect.stringContaining('n1') } },
    ],
    ['a Pod that is gone', { firstPod: 'gone' }, { kind: 'hopeless', error: { code: 'node_lost' } }],
    [
      'another Pod in its place',
      { firstPod: 'gone', pods: [{ uid: 'second', status: running(at(5)) }] },
      { kind: 'hopeless', error: { code: 'node_lost' } },
    ],
    [
      'a Job that is complete, its Pod deleted',
      { firstPod: 'gone', job: { status: job({ type: 'Complete' }) } },
      { kind: 'ended', clean: true },
    ],
    [
      'a Job that failed, its Pod deleted',
      { firstPod: 'gone', job: { status: job({ type: 'Failed', reason: 'BackoffLimitExceeded' }) } },
      { kind: 'ended', clean: true, error: { code: 'node_lost' } },
    ],
    [
      'a Job that failed, and whose second Pod still ends',
      {
        firstPod: 'gone',
        pods: [{ uid: 'second', status: running(at(5)) }],
        job: { status: job({ type: 'Failed', reason: 'BackoffLimitExceeded' }) },
      },
      { kind: 'ended', clean: false, error: { code: 'node_lost' } },
    ],
    [
      'a Job that failed, and whose second Pod has ended',
      {
        firstPod: 'gone',
        pods: [{ uid: 'second', status: terminated(75) }],
        job: { status: job({ type: 'Failed', reason: 'BackoffLimitExceeded' }) },
      },
      { kind: 'ended', clean: true, error: { code: 'node_lost' } },
    ],
    [
      'a deadline',
      { pods: [{ status: running(at(5)) }], job: { status: job({ type: 'Failed', reason: 'DeadlineExceeded' }) } },
      { kind: 'ended', final: true, error: { code: 'run_timeout' } },
    ],
    [
      'a quota',
      {
        refusal: refusalOf(
          'j',
          'Error creating: pods "j-x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
        ),
      },
      { kind: 'starting', waiting: { code: 'pod_refused', message: expect.stringContaining('exceeded quota: q') } },
    ],
    [
      'for too long',
      { after: 301, refusal: refusalOf('j', 'exceeded quota: q') },
      { kind: 'hopeless', error: { code: 'pod_refused' } },
    ],
    [
      'a policy',
      { refusal: refusalOf('j', 'pods "x" is forbidden: violates PodSecurity "restricted:latest": …') },
      { kind: 'hopeless', final: true, error: { code: 'pod_refused' } },
    ],
    [
      'a webhook that says no',
      { refusal: refusalOf('j', 'admission webhook "w" denied the request: no') },
      { kind: 'hopeless', final: true },
    ],
    [
      'a webhook that is down',
      { refusal: refusalOf('j', 'Internal error occurred: failed calling webhook "w": connection refused') },
      { kind: 'starting', waiting: { code: 'pod_refused' } },
    ],
    [
      'a LimitRange',
      { refusal: refusalOf('j', 'pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi') },
      { kind: 'hopeless', final: true },
    ],
  ])('%s', (_, scene, expected) => {
    expect(state(scene)).toMatchObject(expected);
  });

  it('does not call final what another node may mend', () => {
    const retried: Scene[] = [
      { pods: [{ status: terminated(137, { reason: 'OOMKilled' }) }] },
      { pods: [{ status: { phase: 'Failed', reason: 'Evicted' } }] },
      { pods: [{ status: unschedulable }], after: 301 },
      { firstPod: 'gone' },
    ];
    for (const scene of retried) expect(state(scene)).not.toHaveProperty('final');
  });
});

test('a Job that failed before its Pod was heard of says nothing yet of an end that the Pod tells', () => {
  const failed = { status: job({ type: 'Failed', reason: 'BackoffLimitExceeded' }) };
  expect(state({ pods: [{ status: running(at(5)) }], job: failed })).toMatchObject({ kind: 'running' });
  const message = '{"runEnded":{"status":"success","finishedAt":1,"rowsLoaded":3}}';
  expect(state({ pods: [{ status: terminated(75, { message }) }], job: failed })).toMatchObject({
    kind: 'ended',
    outcome: { status: 'success' },
  });
});

test('a Job is read by its labels', () => {
  const seen: SeenJob = seenJob(jobObject({}));
  expect(seen).toMatchObject({ runId: 'run_1', attempt: 2, createdAt: CREATED, deleting: false, end: null });
});
