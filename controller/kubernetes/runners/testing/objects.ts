/** For tests: Jobs and Pods as the API server gives them. */
import { ATTEMPT_LABEL, RUN_LABEL } from '../../names.ts';
import type { KubeObject } from '../../types.ts';

const CREATED = '2026-01-01T00:00:00Z';

export function jobObject({ status = {} }: { readonly status?: object }): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'hg-run-1-2',
      namespace: 'shop',
      uid: 'job',
      creationTimestamp: CREATED,
      labels: { [RUN_LABEL]: 'run_1', [ATTEMPT_LABEL]: '2' },
    },
    status,
  };
}

export function podObject({
  uid = 'pod',
  status = {},
  deleted,
  node,
  memory,
}: {
  readonly uid?: string;
  readonly status?: object;
  /** When its grace is over. */
  readonly deleted?: string;
  readonly node?: string;
  readonly memory?: string;
}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `hg-run-1-2-${uid}`,
      namespace: 'shop',
      uid,
      creationTimestamp: CREATED,
      ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'hg-run-1-2', uid: 'job' }],
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: 'runner', resources: memory === undefined ? {} : { limits: { memory } } }],
    },
    status,
  };
}
