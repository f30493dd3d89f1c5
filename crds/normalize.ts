import { HeadgateError } from '../foundation/errors.ts';
import { parseDuration } from '../foundation/time.ts';
import { checkPipeline } from './check-pipeline.ts';
import { toIssue } from './issues.ts';
import { DEFAULT_INPUT, destinationName, PIPELINE_DEFAULTS } from './pipeline-defaults.ts';
import type { DestinationSpec, EventField, PipelineSpec, ScheduleSpec, SourceSpec, WriteMode } from './pipeline.ts';
import { parseQuantity } from './quantity.ts';
import type { Transform } from './transforms.ts';
import { toRecord } from './validate.ts';

/** What a source and a destination have in common: either `connection`, or `connector` with `settings`. */
export interface NormalEndpoint {
  readonly name: string;
  readonly connection?: string;
  readonly connector?: string;
  /** Of an inline connector; empty where a connection is named. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stream?: string;
  /** Where it stands in the resource: `/spec/sources/0`. */
  readonly pointer: string;
}

export interface NormalSource extends NormalEndpoint {
  readonly query?: string;
  readonly incremental?: { readonly cursor: string; readonly initial?: string; readonly lookbackMs?: number };
}

export interface NormalDestination extends NormalEndpoint {
  /** As declared, or by the rule for a batch: `append` where a source is incremental, else `overwrite`. */
  readonly mode: WriteMode;
  /** False: nobody chose the mode, so a stream or a connector that cannot do it may put another in its place. */
  readonly modeDeclared: boolean;
  /** Not empty for `upsert`. */
  readonly key: readonly string[];
  readonly include: readonly EventField[];
}

export interface NormalSchedule {
  readonly cron: readonly string[];
  readonly timeZone: string;
  readonly startingDeadlineSeconds?: number;
  readonly concurrencyPolicy: 'Forbid' | 'Allow' | 'Replace';
  readonly catchUp: 'latest' | 'all' | 'none';
}

/** A pipeline with every shorthand spelt out and every default filled in. Times are milliseconds, sizes bytes. */
export interface NormalPipeline {
  readonly description?: string;
  readonly title?: string;
  readonly version?: string;
  readonly enabled: boolean;
  /** Null: it runs when asked. */
  readonly schedule: NormalSchedule | null;
  /** At least one; names are unique. */
  readonly sources: readonly NormalSource[];
  readonly transforms: readonly Transform[];
  /** `/spec/transforms` or `/spec/transform`, whichever was written. */
  readonly transformsPointer: string;
  /** At least one; names are unique. */
  readonly destinations: readonly NormalDestination[];
  readonly batch: { readonly size: number; readonly intervalMs: number };
  readonly retry: {
    readonly attempts: number;
    readonly initial: number;
    readonly max: number;
    readonly jitter: boolean;
  };
  readonly limits: { readonly eventsPerSecond: number; readonly timeoutMs: number };
  readonly variables: Readonly<Record<string, string>>;
  readonly delivery: {
    readonly concurrency: number;
    readonly order: 'all' | 'key' | 'none';
    readonly whenPaused: 'accept' | 'refuse';
  };
  readonly history: { readonly runs: number; readonly eventsMs: number; readonly eventBytes: number };
  readonly runner: {
    /** `resources.limits.memory`; undefined where it is not limited. */
    readonly memoryBytes?: number;
    readonly resources: NonNullable<NonNullable<PipelineSpec['runner']>['resources']>;
    readonly podTemplate: Readonly<Record<string, unknown>>;
    readonly replicas: number;
  };
}

/**
 * The normal form of a spec that is valid by its schema. Throws `invalid_resource` (or the one code its issues share) for
 * what `checkPipeline` finds; a resource from `parseFile` or `validateResource` was checked before and never throws.
 */
export function normalizePipeline(spec: PipelineSpec): NormalPipeline {
  const problems = checkPipeline(spec);
  if (problems.length > 0) {
    const { code, message, ...rest } = toRecord(problems.map((problem) => toIssue(problem)));
    throw new HeadgateError(code, message, rest);
  }
  const defaults = PIPELINE_DEFAULTS;
  const sources = normalizeSources(spec);
  const implied: WriteMode = sources.some((source) => source.incremental !== undefined) ? 'append' : 'overwrite';
  const memory = spec.runner?.resources?.limits?.['memory'];
  return {
    ...pick(spec, ['description', 'title', 'version']),
    enabled: spec.enabled ?? true,
    schedule: normalizeSchedule(spec.schedule),
    sources,
    transforms: spec.transforms ?? spec.transform ?? [],
    transformsPointer: spec.transform === undefined ? '/spec/transforms' : '/spec/transform',
    destinations: normalizeDestinations(spec, implied),
    batch: {
      size: spec.batch?.size ?? defaults.batch.size,
      intervalMs: parseDuration(spec.batch?.interval ?? defaults.batch.interval),
    },
    retry: normalizeRetry(spec),
    limits: {
      eventsPerSecond: spec.limits?.eventsPerSecond ?? defaults.limits.eventsPerSecond,
      timeoutMs: parseDuration(spec.limits?.timeout ?? defaults.limits.timeout),
    },
    delivery: { ...defaults.delivery, ...spec.delivery },
    variables: spec.variables ?? {},
    history: {
      runs: spec.history?.runs ?? defaults.history.runs,
      eventsMs: parseDuration(spec.history?.events ?? defaults.history.events),
      eventBytes: Math.floor(parseQuantity(spec.history?.eventBytes ?? defaults.history.eventBytes)!),
    },
    runner: {
      ...(memory === undefined ? {} : { memoryBytes: Math.floor(parseQuantity(memory)!) }),
      resources: spec.runner?.resources ?? {},
      podTemplate: spec.runner?.podTemplate ?? {},
      replicas: spec.runner?.replicas ?? defaults.replicas,
    },
  };
}

/** The normal form of a schedule; null where there is none. */
export function normalizeSchedule(schedule: string | ScheduleSpec | undefined): NormalSchedule | null {
  if (schedule === undefined) return null;
  const spec: ScheduleSpec = typeof schedule === 'string' ? { cron: schedule } : schedule;
  return {
    cron: typeof spec.cron === 'string' ? [spec.cron] : spec.cron,
    timeZone: spec.timeZone ?? PIPELINE_DEFAULTS.timeZone,
    ...pick(spec, ['startingDeadlineSeconds']),
    concurrencyPolicy: spec.concurrencyPolicy ?? PIPELINE_DEFAULTS.concurrencyPolicy,
    catchUp: spec.catchUp ?? PIPELINE_DEFAULTS.catchUp,
  };
}

function normalizeSources(spec: PipelineSpec): NormalSource[] {
  const pairs = placed(spec.source, spec.sources, '/spec/source');
  return pairs.map(([source, pointer]) => ({
    ...normalizeEndpoint(source, source.name ?? DEFAULT_INPUT, pointer),
    ...pick(source, ['query']),
    ...(source.incremental === undefined ? {} : { incremental: normalizeIncremental(source.incremental) }),
  }));
}

function normalizeIncremental(
  incremental: NonNullable<SourceSpec['incremental']>,
): NonNullable<NormalSource['incremental']> {
  const { lookback, ...rest } = incremental;
  return lookback === undefined ? rest : { ...rest, lookbackMs: parseDuration(lookback) };
}

function normalizeDestinations(spec: PipelineSpec, implied: WriteMode): NormalDestination[] {
  const pairs = placed(spec.destination, spec.destinations, '/spec/destination');
  return pairs.map(([destination, pointer], index) => ({
    ...normalizeEndpoint(destination, destination.name ?? destinationName(index), pointer),
    mode: destination.mode ?? implied,
    modeDeclared: destination.mode !== undefined,
    key: destination.key ?? [],
    include: destination.include ?? [],
  }));
}

function normalizeEndpoint(endpoint: SourceSpec | DestinationSpec, name: string, pointer: string): NormalEndpoint {
  return {
    name,
    ...pick(endpoint, ['connection', 'connector', 'stream']),
    settings: endpoint.settings ?? {},
    pointer,
  };
}

function normalizeRetry({ retry }: PipelineSpec): NormalPipeline['retry'] {
  const defaults = PIPELINE_DEFAULTS.retry;
  return {
    attempts: retry?.attempts ?? defaults.attempts,
    initial: parseDuration(retry?.initial ?? defaults.initial),
    max: parseDuration(retry?.max ?? defaults.max),
    jitter: retry?.jitter ?? defaults.jitter,
  };
}

/** The one or the several, each with its pointer. */
function placed<T>(one: T | undefined, several: readonly T[] | undefined, pointer: string): [T, string][] {
  if (one !== undefined) return [[one, pointer]];
  return (several ?? []).map((item, index) => [item, `${pointer}s/${index}`]);
}

/** The named members that are there: an absent one stays absent instead of undefined. */
function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<
    T,
    K
  >;
}
