/** Opens what a stream writes to and, where it pulls, reads from: with references resolved and settings checked. */
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { connectorOf, openEndpoint, type EndpointJob } from '../engine/endpoint.ts';
import type { StreamSource, StreamWriter } from '../ports.ts';
import type { ResolvedDestination } from '../spec.ts';
import { castFields } from '../transforms/cast-fields.ts';
import { adaptRecordWriter } from './adapt.ts';
import { Outlet } from './outlet.ts';

/** The destinations of the pipeline. Throws `reference_not_found`, `invalid_settings` or `path_refused`. */
export async function openOutlets(job: EndpointJob): Promise<readonly Outlet[]> {
  const outlets: Outlet[] = [];
  for (const spec of job.assignment.pipeline.destinations) outlets.push(await openOutlet(job, spec));
  return outlets;
}

async function openOutlet(job: EndpointJob, spec: ResolvedDestination): Promise<Outlet> {
  const { connector, settings, stream, ctx } = await openEndpoint(job, spec);
  const { pipeline } = job.assignment;
  const include = spec.include ?? [];
  const destination = connector.destination?.(settings, ctx);
  if (destination?.stream === undefined && destination?.open === undefined) {
    throw new HeadgateError('invalid_settings', `connector ${connector.name} cannot be the destination of a stream`, {
      at: spec.pointer,
    });
  }
  if (connector.modes !== undefined && !connector.modes.includes(spec.mode)) {
    throw new HeadgateError('invalid_settings', `connector ${connector.name} cannot ${spec.mode}`, {
      at: `${spec.pointer}/mode`,
      hint: `it can ${connector.modes.join(', ')}`,
    });
  }
  const types = castFields(pipeline.transforms);
  const request = { mode: spec.mode, key: spec.key, include, types, pipelineId: pipeline.id };
  const full = stream === undefined ? request : { ...request, stream };
  const onUndone = (error: unknown): void =>
    job.log('warn', `destination '${spec.name}' was not undone: ${messageOf(error)}`);
  const open = async (): Promise<StreamWriter> =>
    destination.stream === undefined ? adaptRecordWriter(destination, full, onUndone) : destination.stream(full);
  return new Outlet({
    name: spec.name,
    include,
    open,
    backoff: pipeline.retry,
    onTrouble: (error) => job.log('warn', `destination '${spec.name}' was not closed: ${messageOf(error)}`),
  });
}

/** The source that brings events by itself, or null where the API takes them. */
export async function openStreamSource(job: EndpointJob): Promise<StreamSource | null> {
  const [spec] = job.assignment.pipeline.sources;
  // Settings of sources that the API serves, such as secrets of webhooks, are the server's to resolve.
  if (spec === undefined || connectorOf(job, spec).streamSource === undefined) return null;
  const { connector, settings, ctx } = await openEndpoint(job, spec);
  return connector.streamSource!(settings, ctx);
}
