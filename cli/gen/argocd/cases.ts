/** Objects as the controller leaves them, and what Argo CD and kstatus have to make of each. */
import type { ErrorCodeName } from '../../../foundation/errors.ts';
import type { Kind } from '../../../foundation/ids.ts';
import { API_VERSION } from '../../../crds/index.ts';
import { conditionsFor, degraded, GO, rest, stall, wait } from '../../../controller/reconcile/step.ts';

export interface StatusCase {
  readonly kind: Kind;
  /** Unique for its kind; the name of its file. */
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly health: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
  /** The message that goes with the health. */
  readonly message: string;
  readonly kstatus: 'Current' | 'InProgress' | 'Failed' | 'Terminating';
}

type Outcome = Parameters<typeof conditionsFor>[0];

interface Case extends Pick<StatusCase, 'name' | 'health' | 'message' | 'kstatus'> {
  /** How the last reconcile ended; left out: there was none. */
  readonly outcome?: Outcome;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** The status beside conditions and observedGeneration. */
  readonly status?: Readonly<Record<string, unknown>>;
}

const NOW = '2026-01-01T00:00:00Z';
const FINALIZERS = ['headgate.dev/drain'];
const NO_CONNECTION = "there is no connection 'shop'";
const BROKEN = 'the API server does not answer';
const AS_DECLARED = 'as declared';
const error = (code: ErrorCodeName, message: string) => ({
  code,
  message,
});

/** What happens to every kind. */
const COMMON: readonly Case[] = [
  { name: 'ready', outcome: GO, health: 'Healthy', message: AS_DECLARED, kstatus: 'Current' },
  {
    name: 'stalled',
    outcome: stall(error('reference_not_found', NO_CONNECTION)),
    health: 'Degraded',
    message: NO_CONNECTION,
    kstatus: 'Failed',
  },
  {
    name: 'retrying',
    outcome: { kind: 'failure', error: error('cluster_unreachable', BROKEN) },
    health: 'Progressing',
    message: BROKEN,
    kstatus: 'InProgress',
  },
  {
    name: 'edited',
    outcome: GO,
    metadata: { generation: 4 },
    health: 'Progressing',
    message: 'the controller has not seen the last change yet',
    kstatus: 'InProgress',
  },
  {
    name: 'deleting',
    outcome: wait('Draining', '1 run has to end first', 500),
    metadata: { deletionTimestamp: NOW },
    health: 'Progressing',
    message: 'being deleted: what runs is drained first',
    kstatus: 'Terminating',
  },
];

const UNSEEN = { health: 'Progressing', message: 'the controller has not looked at it yet' } as const;

const OWN: Readonly<Record<Kind, readonly Case[]>> = {
  Pipeline: [
    {
      name: 'waiting',
      outcome: wait('Starting', 'the runner is starting', 500),
      health: 'Progressing',
      message: 'the runner is starting',
      kstatus: 'InProgress',
    },
    {
      name: 'degraded',
      outcome: degraded(error('cluster_unreachable', BROKEN), 5000),
      health: 'Progressing',
      message: BROKEN,
      kstatus: 'InProgress',
    },
    {
      name: 'last-run-failed',
      outcome: GO,
      status: { phase: 'error', lastRun: { id: 'run_01', status: 'failed' } },
      health: 'Healthy',
      message: AS_DECLARED,
      kstatus: 'Current',
    },
    {
      name: 'paused',
      outcome: rest('Paused', 'paused by the annotation headgate.dev/paused', 600_000),
      metadata: { annotations: { 'headgate.dev/paused': 'true' } },
      status: { phase: 'paused' },
      health: 'Suspended',
      message: 'paused by the annotation headgate.dev/paused',
      kstatus: 'Current',
    },
    {
      name: 'disabled',
      outcome: rest('Paused', 'paused by `spec.enabled: false`', 600_000),
      spec: { enabled: false },
      status: { phase: 'paused' },
      health: 'Suspended',
      message: 'paused by spec.enabled',
      kstatus: 'Current',
    },
  ],
  Connection: [
    {
      name: 'disabled',
      outcome: GO,
      spec: { enabled: false },
      health: 'Suspended',
      message: 'disabled by spec.enabled',
      kstatus: 'Current',
    },
  ],
  Connector: [],
  Repository: [
    {
      name: 'suspended',
      outcome: rest('Suspended', 'syncing is suspended by `spec.suspend`', 60_000),
      spec: { suspend: true },
      health: 'Suspended',
      message: 'syncing is suspended by spec.suspend',
      kstatus: 'Current',
    },
    {
      name: 'other-environment',
      outcome: rest('OtherEnvironment', "is for environment 'staging', this is 'production'", 60_000),
      health: 'Healthy',
      message: "is for environment 'staging', this is 'production'",
      kstatus: 'Current',
    },
    {
      name: 'unreachable',
      outcome: { kind: 'failure', error: error('git_unreachable', 'the remote does not answer') },
      health: 'Progressing',
      message: 'the remote does not answer',
      kstatus: 'InProgress',
    },
  ],
  Run: [
    {
      name: 'pending',
      outcome: wait('Pending', 'waits for its turn', 1000),
      status: { phase: 'pending', runId: 'run_01' },
      health: 'Progressing',
      message: 'waits for its turn',
      kstatus: 'InProgress',
    },
    {
      name: 'running',
      outcome: wait('Running', 'attempt 1 is running', 1000),
      status: { phase: 'running', runId: 'run_01' },
      health: 'Progressing',
      message: 'attempt 1 is running',
      kstatus: 'InProgress',
    },
    {
      name: 'success',
      outcome: rest('Succeeded', 'loaded 10 rows', 1000),
      status: { phase: 'success', runId: 'run_01', rowsLoaded: 10 },
      health: 'Healthy',
      message: 'loaded 10 rows',
      kstatus: 'Current',
    },
    {
      name: 'failed',
      outcome: stall(error('source_failed', 'the source answered 500')),
      status: { phase: 'failed', runId: 'run_01', message: 'the source answered 500' },
      health: 'Degraded',
      message: 'the source answered 500',
      kstatus: 'Failed',
    },
    {
      name: 'cancelled',
      outcome: stall(error('run_cancelled', 'cancelled by somebody')),
      status: { phase: 'cancelled', runId: 'run_01' },
      health: 'Degraded',
      message: 'cancelled by somebody',
      kstatus: 'Failed',
    },
  ],
};

const SPECS: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  Pipeline: {
    source: { connection: 'shop', stream: 'orders' },
    destination: { connection: 'warehouse', stream: 'orders' },
  },
  Connection: { connector: 'postgres', settings: { url: '${secret:shop-db/url}' } },
  Connector: { url: 'https://api.example.com', streams: { users: { path: '/users' } } },
  Repository: { url: 'https://git.example.com/data/pipelines.git' },
  Run: { pipeline: 'orders' },
};

/** Every case of every kind. */
export function statusCases(): readonly StatusCase[] {
  return (Object.keys(OWN) as Kind[]).flatMap((kind) =>
    [...COMMON, { name: 'new', ...UNSEEN, kstatus: 'Current' as const }, ...OWN[kind]].map((one) => ({
      kind,
      name: one.name,
      object: objectOf(kind, one),
      health: one.health,
      message: one.message,
      kstatus: one.kstatus,
    })),
  );
}

/** The generation that the status speaks of. */
const OBSERVED = 3;

function objectOf(kind: Kind, { outcome, metadata, spec, status }: Case): Record<string, unknown> {
  const conditions = outcome === undefined ? [] : conditionsFor(outcome, [], OBSERVED, NOW);
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name: 'orders', namespace: 'shop', generation: OBSERVED, finalizers: FINALIZERS, ...metadata },
    spec: { ...SPECS[kind], ...spec },
    ...(outcome === undefined ? {} : { status: { observedGeneration: OBSERVED, ...status, conditions } }),
  };
}
