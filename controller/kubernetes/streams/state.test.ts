import { describe, expect, it } from 'vitest';
import type { HostedState } from '../../../runner/host-protocol.ts';
import type { Trouble } from './pod-trouble.ts';
import type { Report } from './reports.ts';
import type { SeenDeployment, SeenPod } from './seen.ts';
import { SILENCE_MS, STANDBY_GRACE_MS, streamState, TROUBLE_GRACE_MS } from './state.ts';

const NOW = 1_000_000;
const NEW = 'b'.repeat(64);
const OLD = 'a'.repeat(64);

const deployment = (more: Partial<SeenDeployment> = {}): SeenDeployment => ({
  namespace: 'shop',
  name: 'hg-stream-pl-x',
  uid: 'u',
  pipelineId: 'pl_x',
  hash: NEW,
  template: 'new',
  rendered: 'r',
  generation: 1,
  selector: 'a=b',
  createdAt: 1000,
  endingAt: null,
  refused: null,
  ...more,
});
const pod = (name: string, more: Partial<SeenPod> = {}): SeenPod => ({
  namespace: 'shop',
  name,
  uid: name,
  pipelineId: 'pl_x',
  template: 'new',
  createdAt: NOW - 5000,
  ending: false,
  ready: true,
  runningSince: 0,
  trouble: null,
  ...more,
});
const report = (name: string, state: HostedState, since = NOW - 3000, more: Partial<Report> = {}): Report => ({
  pod: name,
  state,
  hash: NEW,
  since,
  expiresAt: NOW + 1,
  ...more,
});
const trouble = (ageMs: number, code: Trouble['error']['code'] = 'unschedulable', final = false): Trouble => ({
  error: { code, message: code },
  since: NOW - ageMs,
  final,
});
const old = (name: string, more: Partial<SeenPod> = {}): SeenPod => pod(name, { template: 'old', ...more });

interface Case {
  readonly name: string;
  readonly deployment?: Partial<SeenDeployment>;
  readonly pods: readonly SeenPod[];
  readonly reports?: readonly Report[];
  readonly state: string;
  readonly since?: number;
  readonly code?: string;
  readonly ready?: number;
}

const FAILED = { error: { code: 'destination_unreachable', message: 'm' } } as const;
const young: Partial<SeenPod> = { ready: false, runningSince: null };

const cases: readonly Case[] = [
  { name: 'no Pod yet', pods: [], state: 'starting', since: 1000, ready: 0 },
  { name: 'a Pod that says nothing yet', pods: [pod('a', young)], state: 'starting', since: NOW - 5000, ready: 0 },
  { name: 'a Pod that says that it starts', pods: [pod('a')], reports: [report('a', 'starting')], state: 'starting' },
  {
    name: 'one runs',
    pods: [pod('a')],
    reports: [report('a', 'running')],
    state: 'running',
    since: NOW - 3000,
    ready: 1,
  },
  {
    name: 'one runs, one stands by',
    pods: [pod('a'), pod('b')],
    reports: [report('a', 'standby', 1), report('b', 'running')],
    state: 'running',
    since: NOW - 3000,
    ready: 2,
  },
  {
    name: 'one runs, and another Pod cannot be placed',
    pods: [pod('a'), pod('b', { ...young, trouble: trouble(99_000) })],
    reports: [report('a', 'running')],
    state: 'running',
    ready: 1,
  },
  {
    name: 'the destination takes nothing',
    pods: [pod('a'), pod('b')],
    reports: [report('a', 'waiting', 7, FAILED), report('b', 'standby')],
    state: 'waiting',
    since: 7,
    code: 'destination_unreachable',
  },
  {
    name: 'one has stalled, and the one that took over runs',
    pods: [pod('a'), pod('b')],
    reports: [report('a', 'stalled', 7, FAILED), report('b', 'running')],
    state: 'running',
  },
  {
    name: 'all have stalled: since the first one did',
    pods: [pod('a'), pod('b')],
    reports: [report('a', 'stalled', 9, FAILED), report('b', 'stalled', 7, FAILED)],
    state: 'stalled',
    since: 7,
    code: 'destination_unreachable',
  },
  {
    name: 'it is to go, whatever its Pods say',
    deployment: { endingAt: NOW - 10 },
    pods: [pod('a', { ending: true })],
    reports: [report('a', 'running')],
    state: 'draining',
    since: NOW - 10,
    ready: 0,
  },
  // --- a new definition beside the old one
  {
    name: 'the old one delivers, the new one is not there yet',
    pods: [old('a')],
    reports: [report('a', 'running', 1, { hash: OLD })],
    state: 'starting',
    ready: 1,
  },
  {
    name: 'the old one drains, the new one stands by for long',
    pods: [old('a', { ending: true }), pod('b', { runningSince: 1 })],
    reports: [report('a', 'draining', 1, { hash: OLD }), report('b', 'standby', 1)],
    state: 'starting',
    ready: 1,
  },
  {
    name: 'the new one delivers while the old one goes',
    pods: [old('a', { ending: true }), pod('b')],
    reports: [report('a', 'draining', 1, { hash: OLD }), report('b', 'running', 5)],
    state: 'running',
    since: 5,
  },
  {
    name: 'the new one has no image; the old one delivers',
    pods: [old('a'), pod('b', { ...young, trouble: trouble(TROUBLE_GRACE_MS, 'image_unavailable') })],
    reports: [report('a', 'running', 1, { hash: OLD })],
    state: 'waiting',
    code: 'image_unavailable',
    since: NOW - TROUBLE_GRACE_MS,
  },
  {
    name: 'the same assignment with another image, which is not there; the old one delivers',
    pods: [old('a'), pod('b', { ...young, trouble: trouble(0, 'image_unavailable', true) })],
    reports: [report('a', 'running', 1)],
    state: 'stalled',
    code: 'image_unavailable',
    ready: 1,
  },
  {
    name: 'a Pod with the new label that still says the old hash is not believed',
    pods: [pod('a', { runningSince: NOW - 4000 })],
    reports: [report('a', 'running', 1, { hash: OLD })],
    state: 'starting',
  },
  // --- trouble
  {
    name: 'trouble that may pass, before the grace',
    pods: [pod('a', { ...young, trouble: trouble(TROUBLE_GRACE_MS - 1) })],
    state: 'starting',
  },
  {
    name: 'trouble that lasts',
    pods: [pod('a', { ...young, trouble: trouble(TROUBLE_GRACE_MS) })],
    state: 'waiting',
    code: 'unschedulable',
  },
  {
    name: 'trouble that nothing mends is told at once',
    pods: [pod('a', { ...young, trouble: trouble(0, 'image_unavailable', true) })],
    state: 'stalled',
    code: 'image_unavailable',
    since: NOW,
  },
  {
    name: 'what nothing mends goes before what is older',
    pods: [
      pod('a', { ...young, trouble: trouble(90_000) }),
      pod('b', { ...young, trouble: trouble(10, 'image_unavailable', true) }),
    ],
    state: 'stalled',
    code: 'image_unavailable',
  },
  {
    name: 'a quota is used up',
    deployment: { refused: trouble(TROUBLE_GRACE_MS, 'pod_refused') },
    pods: [],
    state: 'waiting',
    code: 'pod_refused',
  },
  {
    name: 'a quota allows one of two, which delivers',
    deployment: { refused: trouble(TROUBLE_GRACE_MS, 'pod_refused') },
    pods: [pod('a')],
    reports: [report('a', 'running')],
    state: 'running',
  },
  {
    name: 'it ends again and again, and says each time that it starts',
    pods: [pod('a', { ready: false, trouble: trouble(60_000, 'runner_lost') })],
    reports: [report('a', 'starting')],
    state: 'waiting',
    code: 'runner_lost',
  },
  {
    name: 'it ended a moment ago; what it said before is not believed',
    pods: [pod('a', { ready: false, runningSince: null, trouble: trouble(50, 'out_of_memory') })],
    reports: [report('a', 'running')],
    state: 'starting',
  },
  {
    name: 'it was started again; what it said before is not believed',
    pods: [pod('a', { ready: false, runningSince: NOW - 1000, trouble: trouble(1500, 'out_of_memory') })],
    reports: [report('a', 'running', NOW - 2001)],
    state: 'starting',
  },
  {
    name: 'it runs, and the API does not know yet',
    pods: [pod('a', young)],
    reports: [report('a', 'running')],
    state: 'running',
  },
  {
    name: 'it runs, and does not say how it is',
    pods: [pod('a', { runningSince: NOW - SILENCE_MS })],
    state: 'waiting',
    code: 'runner_lost',
    since: NOW - SILENCE_MS,
  },
  {
    name: 'it has not run long enough to blame it',
    pods: [pod('a', { runningSince: NOW - SILENCE_MS + 1 })],
    state: 'starting',
  },
  {
    name: 'trouble of a Pod that is to go is of no interest',
    pods: [pod('a', { ending: true, trouble: trouble(99_000, 'node_lost') }), pod('b', young)],
    state: 'starting',
    ready: 0,
  },
  // --- nobody delivers
  {
    name: 'all stand by: the lease of one that died runs out first',
    pods: [pod('a')],
    reports: [report('a', 'standby', NOW - STANDBY_GRACE_MS + 1)],
    state: 'starting',
  },
  {
    name: 'all stand by for long: somebody else delivers',
    pods: [pod('a'), pod('b')],
    reports: [report('a', 'standby', NOW - STANDBY_GRACE_MS), report('b', 'standby')],
    state: 'standby',
    since: NOW - STANDBY_GRACE_MS,
  },
  {
    name: 'one stands by, and of the other nothing is known yet',
    pods: [pod('a'), pod('b', young)],
    reports: [report('a', 'standby', 1)],
    state: 'starting',
  },
];

describe('the state of a stream', () => {
  it.each(cases)('$name: $state', ({ deployment: more, pods, reports = [], state, since, code, ready }) => {
    const byPod = new Map(reports.map((one) => [one.pod, one]));
    const info = streamState(deployment(more), pods, byPod, NOW);
    expect(info).toMatchObject({ pipelineId: 'pl_x', hash: NEW, state });
    expect(info.error?.code).toBe(code);
    if (since !== undefined) expect(info.since).toBe(since);
    if (ready !== undefined) expect(info.replicas).toEqual({ ready, selector: 'a=b' });
    // Of Pods that come in another order, it is the same.
    expect(streamState(deployment(more), pods.toReversed(), byPod, NOW)).toEqual(info);
  });
});
