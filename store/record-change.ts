import { isHeadgateError } from '../foundation/errors.ts';
import { newId } from '../foundation/ids.ts';
import type { Clock } from '../foundation/time.ts';
import type { Audit, AuditEnd, AuditRecord } from './audit-ports.ts';

/** A change of the store itself, past the API. */
export interface DirectChange extends Pick<AuditRecord, 'actor' | 'action' | 'resource'> {
  readonly via: 'cli' | 'server';
  readonly workspace?: string | null;
}

/**
 * Does a change between two records, as the API does: that it begins, durable before it does, and how it ended. Rejects as
 * `work` does, and when a record cannot be written: the first one before anything was done, the second one after, and it
 * stays `begun` then.
 */
export async function recordChange<T>(
  audit: Audit,
  { via, actor, action, resource, workspace = null }: DirectChange,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  const begun: AuditEnd = {
    outcome: 'begun',
    status: null,
    code: null,
    resource,
    workspace,
    revision: null,
    branch: null,
  };
  const id = newId('aud');
  await audit.append({ id, at: clock(), via, actorId: null, actor, requestId: null, action, address: null, ...begun });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const known = isHeadgateError(error) ? error : null;
    const outcome = known !== null && known.status < 500 ? 'refused' : 'failed';
    // What failed first is what there is to tell; the record stays `begun`.
    await audit.end(id, { ...begun, outcome, code: known?.code ?? 'internal' }).catch(() => undefined);
    throw error;
  }
  await audit.end(id, { ...begun, outcome: 'done' });
  return result;
}
