import { HeadgateError } from '../../foundation/errors.ts';
import type { ConnectorSpec, Resource, WriteMode } from '../../crds/index.ts';
import { normalizePipeline, type NormalEndpoint, type NormalPipeline } from '../../crds/normalize.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import { synchronizedOf, type Synchronized } from '../../runner/events/synchronizations.ts';
import type { ResolvedPipeline, ResolvedSource, StreamSettings } from '../../runner/spec.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { connectorOf, lookUpConnector } from '../catalogue.ts';
import { assertValid } from '../valid.ts';
import { endpointFit, hasFace } from '../validate/asked.ts';
import { streamIssues } from '../validate/stream-rules.ts';

/** A pipeline with its connections looked up: what can be run, once a run adds its variables and files. */
export interface Definition {
  readonly normal: NormalPipeline;
  readonly resolved: Omit<ResolvedPipeline, 'files' | 'variables'>;
  /** Null for a batch pipeline. */
  readonly stream: StreamSettings | null;
}

interface Bound {
  readonly connector: string;
  /** Where the workspace declares the connector. */
  readonly manifest?: ConnectorSpec;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly synchronized?: Synchronized;
}

/** A connection that no pipeline may use for now. */
export class ConnectionDisabled extends HeadgateError {}

/**
 * Puts the connections into a pipeline. Throws `reference_not_found` or `invalid_resource` when one is missing, disabled
 * or cannot do what the pipeline asks of it.
 */
export async function definePipeline(stored: StoredResource<'Pipeline'>, resources: Resources): Promise<Definition> {
  const { resource } = stored;
  assertValid(stored);
  const normal = normalizePipeline(resource.spec);
  const bind = (role: 'source' | 'destination', endpoint: NormalEndpoint): Promise<Bound> =>
    bound(role, endpoint, resource, resources);
  const sources = await Promise.all(
    normal.sources.map(async ({ connection: _, ...source }) => ({
      ...source,
      ...(await bind('source', { ...source, connection: _ })),
    })),
  );
  const streaming = sources.some((source) => findConnector(source.connector)?.streaming === true);
  if (streaming) refuseUnfitStream(normal);
  const destinations = await Promise.all(
    normal.destinations.map(async ({ connection, modeDeclared, mode, ...destination }) => {
      const found = await bind('destination', { ...destination, connection, ...(modeDeclared ? { mode } : {}) });
      const usual = streaming ? 'append' : mode;
      return { ...destination, ...found, mode: modeDeclared ? mode : modeFor(found, usual) };
    }),
  );
  return {
    normal,
    stream: streaming ? streamSettings(normal) : null,
    resolved: {
      id: stored.id,
      workspace: resource.metadata.namespace,
      name: resource.metadata.name,
      generation: stored.generation,
      revision: stored.revision,
      sources,
      transforms: normal.transforms,
      destinations,
      retry: normal.retry,
      timeoutMs: normal.limits.timeoutMs,
      ...(normal.runner.memoryBytes === undefined ? {} : { memoryBytes: normal.runner.memoryBytes }),
    },
  };
}

function streamSettings({ batch, delivery }: NormalPipeline): StreamSettings {
  return { batch, delivery: { concurrency: delivery.concurrency, order: delivery.order } };
}

function refuseUnfitStream(normal: NormalPipeline): void {
  const issues = streamIssues(normal);
  const [first] = issues;
  if (first === undefined) return;
  throw new HeadgateError(first.code ?? 'invalid_resource', `${first.pointer} ${first.message}`, {
    at: first.pointer,
    hint: first.hint,
    issues,
  });
}

/** The usual mode, or the connector's own first one where it cannot do that. */
function modeFor({ connector, manifest }: Bound, usual: WriteMode): WriteMode {
  const modes = (manifest === undefined ? findConnector(connector) : connectorOf(connector, manifest))?.modes;
  return modes === undefined || modes.includes(usual) ? usual : (modes[0] ?? usual);
}

async function bound(
  role: 'source' | 'destination',
  endpoint: NormalEndpoint,
  pipeline: Resource<'Pipeline'>,
  resources: Resources,
): Promise<Bound> {
  const found =
    endpoint.connection === undefined ? inline(endpoint) : await connectionOf(endpoint, pipeline, resources);
  const connector = await lookUpConnector(found.connector, pipeline.metadata.namespace, resources);
  if (connector === undefined) {
    throw new HeadgateError('reference_not_found', `there is no connector '${found.connector}'`, {
      at: endpoint.pointer,
    });
  }
  if (!hasFace(connector, role)) {
    throw new HeadgateError('invalid_resource', `connector ${connector.name} has no ${role}`, { at: endpoint.pointer });
  }
  const issue = endpointFit(role, endpoint, connector, endpoint.pointer)[0];
  if (issue !== undefined) {
    throw new HeadgateError('invalid_resource', `${issue.pointer} ${issue.message}`, {
      at: issue.pointer,
      hint: issue.hint,
    });
  }
  const { manifest } = connector;
  // Those of the catalogue are at hand wherever a runner is.
  return manifest === undefined || findConnector(connector.name) !== undefined ? found : { ...found, manifest };
}

function inline(endpoint: NormalEndpoint): Bound {
  return { connector: endpoint.connector!, settings: endpoint.settings };
}

/** A connection as a source would use it, to look at it: also one that is disabled. */
export async function connectionEndpoint(
  { metadata, spec }: Resource<'Connection'>,
  resources: Pick<Resources, 'get'>,
): Promise<ResolvedSource> {
  const { name, namespace } = metadata;
  const { connector, settings = {} } = spec;
  const declared =
    findConnector(connector) === undefined
      ? await resources.get<'Connector'>({ kind: 'Connector', namespace, name: connector })
      : null;
  return {
    name,
    connector,
    settings,
    pointer: '/spec',
    ...(declared === null ? {} : { manifest: declared.resource.spec }),
  };
}

async function connectionOf(
  endpoint: NormalEndpoint,
  pipeline: Resource<'Pipeline'>,
  resources: Resources,
): Promise<Bound> {
  const name = endpoint.connection!;
  const { namespace } = pipeline.metadata;
  const connection = await resources.get<'Connection'>({ kind: 'Connection', namespace, name });
  if (connection === null || connection.deletedAt !== null) {
    throw new HeadgateError('reference_not_found', `connection '${name}' does not exist in workspace '${namespace}'`, {
      at: `${endpoint.pointer}/connection`,
      hint: 'declare it, or correct the name',
    });
  }
  const { spec } = connection.resource;
  assertValid(connection);
  if (spec.enabled === false) {
    throw new ConnectionDisabled('invalid_resource', `connection '${name}' is disabled`, {
      at: `${endpoint.pointer}/connection`,
      hint: 'set `spec.enabled: true` on the connection, or pause the pipeline',
    });
  }
  const synchronized = synchronizedOf(name, spec.synchronizations);
  return {
    connector: spec.connector,
    settings: spec.settings ?? {},
    ...(synchronized === undefined ? {} : { synchronized }),
  };
}
