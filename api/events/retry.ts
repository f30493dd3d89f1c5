import { HeadgateError } from '../../foundation/errors.ts';
import { normalizePipeline } from '../../crds/normalize.ts';
import { derivedId } from '../../foundation/ids.ts';
import type { EventRecord } from '../../store/event-ports.ts';
import { assertValid } from '../../controller/valid.ts';
import { formatJson } from '../../store/exact-json.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import type { EventRules } from '../ingest/rules.ts';
import { createTarget } from '../ingest/target.ts';
import { isDisabled, pipelineStatus } from '../views/pipeline-status.ts';
import { demandStream } from './accepts.ts';
import type { FoundEvent } from './find.ts';

/** What a client waits before it asks a pipeline with a full backlog again, in seconds. */
const BACKLOG_RETRY_AFTER = 5;

/**
 * Appends the event once more as a new one, linked to the first; a dead letter is resolved by it. Under the same key and
 * token it is appended once within 24 hours. Throws `conflict` for an event that is still to be delivered,
 * `events_not_accepted` or `backlog_full` where the pipeline takes none, and `event_refused` where its connection does not act
 * upon the type, or it still does not match its schema.
 */
export async function retryEvent(
  deps: RouteDeps,
  token: TokenRecord,
  { record, pipeline }: FoundEvent,
  key: string | undefined,
): Promise<{ readonly record: EventRecord; readonly created: boolean }> {
  if (record.status === 'accepted') {
    throw new HeadgateError('conflict', 'the event is not settled yet: it is still to be delivered', {
      hint: 'wait for its delivery, or cancel it',
    });
  }
  await demandStream(deps, pipeline);
  const { rules, unsynchronized } = await createTarget(pipeline, deps);
  const unwanted = unsynchronized?.(record.type) ?? null;
  if (unwanted !== null) throw unwanted;
  refusePaused(pipeline);
  await refuseFull(deps, pipeline);
  if (record.refused !== null) refuseInvalid(rules, record);
  const now = deps.clock();
  const [appended] = await deps.store.events.append(
    [
      {
        pipelineId: record.pipelineId,
        type: record.type,
        key: record.key,
        payload: formatJson(record.payload),
        ...(record.attributes === null ? {} : { attributes: formatJson(record.attributes) }),
        ...(key === undefined ? {} : { idempotencyKey: derivedId('retry', token.id, record.id, key) }),
        retryOf: record.id,
      },
    ],
    now,
  );
  if (appended === undefined || appended.result === 'conflict') {
    throw new HeadgateError('internal', `the retry of ${record.id} was not appended`);
  }
  // A repeated request notes it where the first one ended between the two writes, and hides no newer retry.
  const created = appended.result === 'appended';
  if (created || record.retriedBy === null) await deps.store.events.retried(record.id, appended.id, now);
  const retry = await deps.store.events.get(appended.id);
  if (retry === null) throw new HeadgateError('internal', `${appended.id} is not in the log`);
  return { record: retry, created };
}

function refusePaused(pipeline: FoundEvent['pipeline']): void {
  const { metadata, spec } = pipeline.resource;
  if (spec.delivery?.whenPaused !== 'refuse' || pipelineStatus(pipeline) !== 'paused') return;
  throw new HeadgateError('events_not_accepted', `'${metadata.name}' is paused and takes no events`, {
    hint: isDisabled(pipeline)
      ? 'set `enabled: true` in its declaration and commit'
      : `resume it first: \`headgate resume ${metadata.name}\``,
  });
}

async function refuseFull(deps: RouteDeps, pipeline: FoundEvent['pipeline']): Promise<void> {
  assertValid(pipeline);
  const { id, resource } = pipeline;
  const stats = (await deps.store.events.stats([id], deps.clock())).get(id);
  if ((stats?.backlogBytes ?? 0) < normalizePipeline(resource.spec).history.eventBytes) return;
  throw new HeadgateError('backlog_full', `too much waits for delivery in '${resource.metadata.name}'`, {
    retryAfter: BACKLOG_RETRY_AFTER,
    retryable: true,
  });
}

/** An event that did not match its schema is let through once it does. */
function refuseInvalid(rules: EventRules | undefined, record: EventRecord): void {
  const against = rules?.check?.(record.type, record.payload) ?? null;
  if (against === null) return;
  throw new HeadgateError('event_refused', against.message, {
    ...(against.issues === undefined ? {} : { issues: against.issues }),
    hint: 'change the schema in Git first, or discard the event',
  });
}
