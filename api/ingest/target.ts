import { normalizePipeline, type NormalPipeline, type NormalSource } from '../../crds/normalize.ts';
import { HeadgateError, messageOf, toHeadgateError } from '../../foundation/errors.ts';
import { isPaused } from '../../controller/reconcile/pipeline-context.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { lookUpConnector } from '../../controller/catalogue.ts';
import { assertValid } from '../../controller/valid.ts';
import { enabledTypes, synchronizedOf, whyNot, type Synchronized } from '../../runner/events/synchronizations.ts';
import type { Connector } from '../../runner/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { createBucket, type Bucket } from './bucket.ts';
import { compileRules, type EventRules } from './rules.ts';

/** What the ingestion knows of a pipeline. */
export interface Target {
  readonly id: string;
  readonly workspace: string;
  readonly name: string;
  /** Why it takes no events, or null. */
  readonly refusal: HeadgateError | null;
  readonly bucket: Bucket;
  /** Bytes of events that may wait for delivery. */
  readonly backlogBytes: number;
  /** Null where it is not known. */
  readonly source: TargetSource | null;
  /** Undefined where it takes no events. */
  readonly rules?: EventRules;
  /** Why events of a type are not taken, or null; undefined where the connection takes all types. */
  readonly unsynchronized?: (type: string) => HeadgateError | null;
  readonly generation: number;
}

/** The source of a stream pipeline, its references unresolved. */
export interface TargetSource {
  readonly connector: Connector;
  readonly workspace: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly pointer: string;
  /** The connection, where the source names one, and which of its events are acted upon. */
  readonly connection?: string;
  readonly synchronized?: Synchronized;
}

/** `before` is what was known of the same pipeline: its limit goes on where it was, and what was compiled is kept. */
export async function createTarget(
  stored: StoredResource<'Pipeline'>,
  deps: Pick<RouteDeps, 'resources'>,
  before?: Target,
): Promise<Target> {
  const { name, namespace } = stored.resource.metadata;
  const refuse = (why: string, cause?: unknown): HeadgateError =>
    new HeadgateError('events_not_accepted', `the pipeline '${name}' ${why}`, { cause });
  const rest = (
    perSecond: number,
    backlogBytes: number,
  ): Omit<Target, 'refusal' | 'source' | 'rules' | 'unsynchronized'> => ({
    id: stored.id,
    workspace: namespace,
    name,
    bucket: before?.bucket.perSecond === perSecond ? before.bucket : createBucket(perSecond),
    backlogBytes,
    generation: stored.generation,
  });
  let normal: NormalPipeline;
  let source: TargetSource;
  let refusal: HeadgateError | null;
  let rules: EventRules | undefined;
  try {
    assertValid(stored);
    normal = normalizePipeline(stored.resource.spec);
    source = await sourceOf(normal, namespace, deps);
    refusal = refusalOf(stored, normal, source.connector, refuse);
    const kept = before?.generation === stored.generation ? before.rules : undefined;
    if (refusal === null) rules = kept ?? compileRules(source.settings);
  } catch (error) {
    if (toHeadgateError(error).retryable) throw error;
    return { ...rest(1, 0), refusal: refuse(`takes no events: ${messageOf(error)}`, error), source: null };
  }
  return {
    ...rest(normal.limits.eventsPerSecond, normal.history.eventBytes),
    refusal,
    source,
    rules,
    ...(source.synchronized === undefined ? {} : { unsynchronized: unsynchronizedOf(source.synchronized) }),
  };
}

/** Only what the connection of the source is to act upon is taken. */
function unsynchronizedOf(synchronized: Synchronized): NonNullable<Target['unsynchronized']> {
  const wants = enabledTypes(synchronized);
  return (type) =>
    wants(type)
      ? null
      : new HeadgateError('event_refused', whyNot(synchronized, type), {
          issues: [{ pointer: '/event_type', message: whyNot(synchronized, type) }],
          hint: `enable the type in \`synchronizations\` of the connection '${synchronized.connection}'`,
        });
}

function refusalOf(
  stored: StoredResource<'Pipeline'>,
  normal: NormalPipeline,
  connector: Connector,
  refuse: (why: string) => HeadgateError,
): HeadgateError | null {
  if (stored.deletedAt !== null) return refuse('is being deleted');
  if (connector.streaming !== true) return refuse(`is no stream pipeline: it reads from '${connector.name}'`);
  if (connector.streamSource !== undefined) return refuse(`takes its events from '${connector.name}'`);
  if (normal.delivery.whenPaused === 'refuse' && isPaused(stored)) return refuse('is paused');
  return null;
}

async function sourceOf(
  normal: NormalPipeline,
  namespace: string,
  { resources }: Pick<RouteDeps, 'resources'>,
): Promise<TargetSource> {
  // A stream has exactly one source; of a batch pipeline any will do to say what it is.
  const declared = normal.sources[0]!;
  const bound = declared.connection === undefined ? inline(declared) : await connected(declared, namespace, resources);
  const connector = await lookUpConnector(bound.connector, namespace, resources);
  if (connector === undefined) {
    throw new HeadgateError('reference_not_found', `there is no connector '${bound.connector}'`);
  }
  const { settings, synchronized } = bound;
  return {
    connector,
    workspace: namespace,
    settings,
    variables: normal.variables,
    pointer: declared.pointer,
    ...(declared.connection === undefined ? {} : { connection: declared.connection }),
    ...(synchronized === undefined ? {} : { synchronized }),
  };
}

interface Bound {
  readonly connector: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly synchronized?: Synchronized | undefined;
}

const inline = (source: NormalSource): Bound => ({ connector: source.connector!, settings: source.settings });

async function connected(
  { connection: name }: NormalSource,
  namespace: string,
  resources: RouteDeps['resources'],
): Promise<Bound> {
  const stored = await resources.get<'Connection'>({ kind: 'Connection', namespace, name: name! });
  if (stored === null || stored.deletedAt !== null) {
    throw new HeadgateError('reference_not_found', `the connection '${name}' does not exist`);
  }
  const { spec } = stored.resource;
  if (spec.enabled === false) throw new HeadgateError('invalid_resource', `the connection '${name}' is disabled`);
  return {
    connector: spec.connector,
    settings: spec.settings ?? {},
    synchronized: synchronizedOf(name!, spec.synchronizations),
  };
}
