/** A source or destination of the pipeline with its connector: references resolved, settings checked, context made. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';
import { declaredConnector } from '../connectors/declared/connector.ts';
import { SHIPPED, shippedConnector } from '../connectors/manifests/index.ts';
import { resolveFiles, resolvePath } from '../paths.ts';
import type { Connector, ConnectorContext } from '../ports.ts';
import { resolveDeep, resolveText, type ReferenceSources } from '../references.ts';
import { visitSecrets } from '../secret-fields.ts';
import { resolveSettings } from '../settings.ts';
import type { ResolvedDestination, ResolvedSource, RunAssignment } from '../spec.ts';
import type { Job } from './job.ts';
import type { Progress } from './progress.ts';
import { withRetry } from './retry.ts';

export interface Endpoint {
  readonly connector: Connector;
  readonly settings: Record<string, unknown>;
  readonly stream?: string;
  readonly ctx: ConnectorContext;
}

/** What of a run, or of a stream, its sources and destinations need. */
export interface EndpointJob extends Pick<
  Job,
  'catalogue' | 'signal' | 'log' | 'redactor' | 'retry' | 'paths' | 'scratch'
> {
  readonly assignment: Pick<RunAssignment, 'pipeline' | 'environment'>;
  readonly progress: Pick<Progress, 'add'>;
}

/** Throws `reference_not_found`, `invalid_settings` or `path_refused` with the place in the resource. */
export async function openEndpoint(job: EndpointJob, spec: ResolvedSource | ResolvedDestination): Promise<Endpoint> {
  const connector = connectorOf(job, spec);
  const pointer = `${spec.pointer}/settings`;
  const sources = referenceSources(job);
  const resolved = (await resolveDeep(spec.settings, sources, pointer)) as Record<string, unknown>;
  const settings = resolveSettings(connector, resolved, { pointer });
  visitSecrets(connector.settings, settings, pointer, (text, at) =>
    job.redactor.add(text, `[${at.slice(pointer.length + 1)}]`),
  );
  const stream =
    spec.stream === undefined ? undefined : await resolveText(spec.stream, sources, `${spec.pointer}/stream`);
  return { connector, settings, stream, ctx: contextFor(job, spec.name) };
}

/** What the workspace declares comes with the assignment; all others are in the catalogue. */
export function connectorOf(job: EndpointJob, spec: ResolvedSource | ResolvedDestination): Connector {
  if (spec.manifest !== undefined) return declaredConnector(spec.connector, spec.manifest);
  const { connectors } = job.catalogue;
  const connector = connectors.find(({ name }) => name === spec.connector) ?? shippedConnector(spec.connector);
  if (connector !== undefined) return connector;
  const guess = nearest(spec.connector, [...connectors.map(({ name }) => name), ...SHIPPED]);
  throw new HeadgateError('reference_not_found', `there is no connector '${spec.connector}'`, {
    at: spec.pointer,
    hint: guess === undefined ? undefined : `did you mean '${guess}'?`,
  });
}

function referenceSources(job: EndpointJob): ReferenceSources {
  return {
    variables: job.assignment.pipeline.variables,
    env: job.catalogue.env,
    secrets: job.catalogue.secrets,
    readFile: (path) => readFile(resolvePath(job.paths, path, 'read'), 'utf8'),
    onSecret: (value, reference) => job.redactor.add(value, reference),
  };
}

function contextFor(job: EndpointJob, name: string): ConnectorContext {
  const scratch = join(job.scratch, name.replaceAll(/[^A-Za-z0-9_-]/g, '_'));
  mkdirSync(scratch, { recursive: true });
  // Repository files lie on disk under the hashes of their contents: messages show the names that people know.
  const known = (path: string, file: string): string => {
    if (job.paths.files[path] === file) job.redactor.rename(file, path);
    return file;
  };
  return {
    signal: job.signal,
    log: job.log,
    scratch,
    resolvePath: (path, access) => known(path, resolvePath(job.paths, path, access)),
    resolveFiles: (path) =>
      resolveFiles(job.paths, path).map((file) => ({ name: file.name, path: known(file.name, file.path) })),
    retry: (what, work) => withRetry(what, work, job.retry),
    progress: (rows) => job.progress.add(rows),
    network: { allow: job.assignment.environment.allowNetworks },
  };
}
