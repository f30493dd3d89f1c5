import { describe, expect, it } from 'vitest';
import { podTrouble, type PodStatus } from './pod-trouble.ts';

const AT = '2026-01-01T00:00:10Z';
const CREATED = Date.parse('2026-01-01T00:00:00Z');
const waiting = (reason: string, message?: string): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [
    { image: 'img:1', state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } },
  ],
});
const ended = (terminated: object, restartCount = 3): PodStatus => ({
  phase: 'Running',
  containerStatuses: [
    { restartCount, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } },
  ],
});

const cases: readonly (readonly [name: string, status: PodStatus, found: object | null])[] = [
  ['nothing is known', {}, null],
  ['its container is being made', waiting('ContainerCreating'), null],
  [
    'the registry does not know the image',
    waiting('ImagePullBackOff', 'Back-off pulling image "img:1"'),
    {
      error: {
        code: 'image_unavailable',
        message: 'Pod p has no image img:1 (ImagePullBackOff): Back-off pulling image "img:1"',
      },
      since: CREATED,
      final: false,
    },
  ],
  ['the image has no name', waiting('InvalidImageName'), { error: { code: 'image_unavailable' }, final: true }],
  ['the image is never pulled', waiting('ErrImageNeverPull'), { error: { code: 'image_unavailable' }, final: true }],
  [
    'a Secret of its environment is missing',
    waiting('CreateContainerConfigError', 'secret "s" not found'),
    { error: { code: 'pod_refused', message: expect.stringContaining('secret "s" not found') }, final: false },
  ],
  [
    'an init container cannot start',
    { initContainerStatuses: waiting('ErrImagePull').containerStatuses! },
    { error: { code: 'image_unavailable' } },
  ],
  [
    'it ends again and again',
    ended({ exitCode: 7, message: 'no store\n', finishedAt: AT }),
    {
      error: {
        code: 'runner_lost',
        message: 'the runner in Pod p ended with exit code 7, and was started again 3 times: no store',
      },
      since: Date.parse(AT),
      final: false,
    },
  ],
  [
    'it was killed',
    ended({ exitCode: 137, signal: 9, finishedAt: AT }, 1),
    { error: { code: 'runner_lost', message: 'the runner in Pod p was ended by signal 9' } },
  ],
  [
    'it was killed, and only the exit code tells',
    ended({ exitCode: 139, finishedAt: AT }, 1),
    { error: { code: 'runner_lost', message: 'the runner in Pod p was ended by signal 11' } },
  ],
  [
    'its command is not there',
    ended({ exitCode: 128, reason: 'StartError', message: 'exec: "node": not found', finishedAt: AT }),
    {
      error: { code: 'pod_refused', message: 'the container of Pod p cannot be run: exec: "node": not found' },
    },
  ],
  [
    'it had too little memory',
    ended({ exitCode: 137, reason: 'OOMKilled', finishedAt: AT }),
    { error: { code: 'out_of_memory' } },
  ],
  ['it ended as it should, and starts again', ended({ exitCode: 0, finishedAt: AT }), null],
  [
    'it crashed once, and is well now',
    {
      containerStatuses: [
        { ready: true, restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 1 } } },
      ],
    },
    null,
  ],
  [
    'no node takes it',
    {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes',
          lastTransitionTime: AT,
        },
      ],
    },
    {
      error: { code: 'unschedulable', message: 'no node takes Pod p: 0/3 nodes' },
      since: Date.parse(AT),
      final: false,
    },
  ],
  [
    'its node does not answer',
    {
      conditions: [
        { type: 'Ready', status: 'False', lastTransitionTime: AT },
        { type: 'ContainersReady', status: 'True' },
      ],
    },
    { error: { code: 'node_lost' }, since: Date.parse(AT) },
  ],
  [
    'it is not ready, as its node says',
    {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady' },
      ],
    },
    null,
  ],
];

describe('what is wrong with a Pod', () => {
  it.each(cases)('%s', (_, status, found) => {
    const trouble = podTrouble('p', status, CREATED);
    if (found === null) expect(trouble).toBeNull();
    else expect(trouble).toMatchObject(found);
  });
});
