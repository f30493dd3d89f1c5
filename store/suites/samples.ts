import { newId } from '../../foundation/ids.ts';
import type { NewRun, RunOutcome, RunRecord, Runs, SyncRecord, TokenRecord } from '../ports.ts';

/** An instant that all samples are around; no test depends on today. */
export const T0 = Date.UTC(2026, 0, 1);

export function newRun(over: Partial<NewRun> = {}): NewRun {
  return {
    id: newId('run'),
    workspace: 'default',
    pipeline: 'orders',
    pipelineId: 'pl_orders',
    triggeredBy: 'api',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: T0,
    ...over,
  };
}

export const CLAIM = { runner: 'runner-1', revision: 'c0ffee', generation: 3, now: T0 + 10, leaseUntil: T0 + 1000 };

export const SUCCESS: RunOutcome = { status: 'success', finishedAt: T0 + 100, rowsLoaded: 42 };

/** A run that was claimed. */
export async function runningRun(runs: Runs, over: Partial<NewRun> = {}): Promise<RunRecord> {
  const { run } = await runs.create(newRun(over));
  return (await runs.claim(run.id, { ...CLAIM, now: run.createdAt + 10 }))!;
}

/** A run that went well. */
export async function endedRun(runs: Runs, over: Partial<NewRun> = {}): Promise<RunRecord> {
  const { id, attempt } = await runningRun(runs, over);
  await runs.finish(id, attempt, SUCCESS);
  return (await runs.get(id))!;
}

export function syncRecord(over: Partial<SyncRecord> = {}): SyncRecord {
  return {
    id: newId('sync'),
    repositoryId: 'rp_main',
    startedAt: T0,
    finishedAt: T0 + 50,
    status: 'applied',
    trigger: 'poll',
    attemptedRevision: 'a1',
    appliedRevision: 'a1',
    author: 'Ada <ada@example.com>',
    subject: 'Add orders',
    changes: [{ resource: 'Pipeline/default/orders', action: 'create' }],
    changeCount: 1,
    served: [],
    errors: [],
    ...over,
  };
}

export function token(over: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 'tok_1',
    name: 'ci',
    hash: 'a'.repeat(64),
    prefix: 'hg_prod_abc',
    scopes: ['read', 'trigger'],
    workspaces: ['default'],
    environment: 'prod',
    integrationId: null,
    createdAt: T0,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...over,
  };
}
