import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { createContext } from '../context.ts';
import { parseTarget } from './annotate.ts';
import { podLinePrinter } from './logs.ts';
import { familyTree } from './tree.ts';
import { jobWord, podWord } from './words.ts';

const object = (kind: string, name: string, rest: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, uid: `${kind}-${name}`, ...metadata },
  ...rest,
});

describe('kubectl-headgate', () => {
  it('is the command `headgate kubectl`', async () => {
    const plugin = join(import.meta.dirname, '../kubectl-headgate.js');
    const { stdout } = await promisify(execFile)(process.execPath, [plugin, 'run', '--help']);
    expect(stdout).toContain('Usage: headgate kubectl run [options] <pipeline>');
  });
});

describe('what is named', () => {
  it.each([
    ['orders', ['Pipeline', 'orders']],
    ['pipeline/orders', ['Pipeline', 'orders']],
    ['pipelines.headgate.dev/orders', ['Pipeline', 'orders']],
    ['Repo/main', ['Repository', 'main']],
    ['conn/shop', ['Connection', 'shop']],
  ])('%s', (text, expected) => expect(parseTarget(text)).toEqual(expected));
});

describe('the word for', () => {
  it.each([
    [{ phase: 'Running' }, 'Running'],
    [{ phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
    [
      { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      'ImagePullBackOff',
    ],
    [{ phase: 'Failed', containerStatuses: [{ state: { terminated: { reason: 'OOMKilled' } } }] }, 'OOMKilled'],
    [
      { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      'Unschedulable',
    ],
  ])('a Pod with status %j', (status, word) => expect(podWord(object('Pod', 'p', { status }))).toBe(word));

  it.each([
    [undefined, 'pending'],
    [{ active: 1 }, 'running'],
    [{ succeeded: 1 }, 'success'],
    [{ failed: 1 }, 'failed'],
  ])('a Job with status %j', (status, word) => expect(jobWord(object('Job', 'j', { status }))).toBe(word));
});

describe('the tree', () => {
  it('shows five of a kind, and the Pods below what made them', () => {
    const runs = Array.from({ length: 7 }, (_, index) => object('Run', `r${index}`, { status: { phase: 'success' } }));
    const stream = object('Deployment', 'hg-s', { spec: { replicas: 2 }, status: { readyReplicas: 1 } });
    const owner = { kind: 'ReplicaSet', name: 'hg-s-5d8f', uid: 'x', apiVersion: 'apps/v1' };
    const pod = object('Pod', 'hg-s-5d8f-1', { status: { phase: 'Running' } }, { ownerReferences: [owner] });
    const family = { pipeline: object('Pipeline', 'orders'), runs, jobs: [], deployments: [stream], pods: [pod] };
    expect(familyTree(family, context).replaceAll(/ +$/gm, '').split('\n')).toEqual([
      'Pipeline/orders  pending',
      '├─ Run/r0  success',
      '├─ Run/r1  success',
      '├─ Run/r2  success',
      '├─ Run/r3  success',
      '├─ Run/r4  success',
      '├─ and 2 more Runs',
      '└─ Deployment/hg-s  1/2 ready',
      '   └─ Pod/hg-s-5d8f-1  Running',
      '',
    ]);
  });
});

describe('log lines', () => {
  it('name their Pod once there is a second one', () => {
    let out = '';
    const show = podLinePrinter((text) => (out += text), false);
    show({ pod: 'a', line: 'one' });
    show({ pod: 'b', line: '\u001b[2Jtwo' });
    show({ pod: 'a', line: 'three' });
    expect(out).toBe('one\nb: two\na: three\n');
  });
});

const context = createContext({
  env: { all: {} },
  terminal: {
    out: () => undefined,
    err: () => undefined,
    width: undefined,
    live: false,
    color: false,
    readInput: () => Promise.resolve(new Uint8Array()),
    input: null,
  },
  cwd: '/',
  clock: () => 0,
  version: '',
  signal: new AbortController().signal,
});
