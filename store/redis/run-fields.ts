import type { ErrorRecord } from '../../foundation/errors.ts';
import type { RunStatus } from '../../crds/index.ts';
import type { NewRun, RunPreview, RunProgress, RunRecord, TriggeredBy } from '../ports.ts';
import { fromJson, toJson } from './json.ts';

/** Fields of a hash and their values one after the other: what scripts answer and take. */
export type FieldList = readonly string[];
/** The same as ioredis answers `HGETALL`; no fields when there is no hash. */
export type Fields = Readonly<Record<string, string>>;

/** The fields of a run that was just wished for. Fields that are null are not stored. */
export function newRunFields(run: NewRun): string[] {
  const fields: Record<string, string | number | undefined> = {
    id: run.id,
    workspace: run.workspace,
    pipeline: run.pipeline,
    pipelineId: run.pipelineId,
    triggeredBy: run.triggeredBy,
    actor: run.actor,
    scheduledFor: run.scheduledFor,
    fullRefresh: Number(run.fullRefresh),
    dryRun: Number(run.dryRun),
    variables: toJson(run.variables)!,
    createdAt: run.createdAt,
    status: 'pending',
    attempt: 0,
    notBefore: run.createdAt,
  };
  return fieldList(fields);
}

/** Names and values one after the other, without those that are undefined. */
export function fieldList(fields: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
}

/** The run in a reply of a script; null where it answered a number instead. */
export function runOfReply(reply: FieldList | number | null, shown: string): RunRecord | null {
  return reply === null || typeof reply === 'number' ? null : runOfList(reply, shown);
}

export function runOfList(list: FieldList, shown: string): RunRecord {
  const fields: Record<string, string> = {};
  for (let n = 0; n + 1 < list.length; n += 2) fields[list[n]!] = list[n + 1]!;
  return toRunRecord(fields, shown);
}

/** The run that a hash holds; `shown` names the store in the error when a value is damaged. */
export function toRunRecord(fields: Fields, shown: string): RunRecord {
  const values = new Map(Object.entries(fields));
  const text = (name: string): string | null => values.get(name) ?? null;
  const number = (name: string): number | null => (values.has(name) ? Number(values.get(name)) : null);
  const json = (name: string): unknown => (values.has(name) ? fromJson(values.get(name)!, shown) : null);
  const actor = text('actor');
  const scheduledFor = number('scheduledFor');
  return {
    id: text('id') ?? '',
    workspace: text('workspace') ?? '',
    pipeline: text('pipeline') ?? '',
    pipelineId: text('pipelineId') ?? '',
    triggeredBy: text('triggeredBy') as TriggeredBy,
    ...(actor === null ? {} : { actor }),
    ...(scheduledFor === null ? {} : { scheduledFor }),
    fullRefresh: number('fullRefresh') === 1,
    dryRun: number('dryRun') === 1,
    variables: json('variables') as Record<string, string>,
    createdAt: number('createdAt') ?? 0,
    status: text('status') as RunStatus,
    revision: text('revision'),
    generation: number('generation'),
    attempt: number('attempt') ?? 0,
    spared: number('spared') ?? 0,
    notBefore: number('notBefore') ?? 0,
    startedAt: number('startedAt'),
    finishedAt: number('finishedAt'),
    progress: json('progress') as RunProgress | null,
    rowsLoaded: number('rowsLoaded'),
    outputFile: text('outputFile'),
    outputFileSize: number('outputFileSize'),
    preview: json('preview') as RunPreview | null,
    error: json('error') as ErrorRecord | null,
    warning: json('warning') as ErrorRecord | null,
    runner: text('runner'),
    leaseUntil: number('leaseUntil'),
    cancelRequestedAt: number('cancelRequestedAt'),
    cancelRequestedBy: text('cancelRequestedBy'),
  };
}
