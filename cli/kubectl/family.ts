/** A pipeline with everything in the cluster that belongs to it. */
import { resourceId } from '../../foundation/ids.ts';
import { PIPELINE_LABEL } from '../../controller/kubernetes/names.ts';
import { DEPLOYMENT, JOB, POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { listAll } from './find.ts';
import type { Session } from './session.ts';
import { CORE_EVENT, type CoreEvent } from './shapes.ts';

export interface Family {
  readonly pipeline: KubeObject;
  /** Run resources, the newest first: one for each `kubectl create`, none for a run of the schedule. */
  readonly runs: readonly KubeObject[];
  /** One for each attempt at a run, the newest first. */
  readonly jobs: readonly KubeObject[];
  readonly deployments: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

export async function familyOf(session: Session, pipeline: KubeObject): Promise<Family> {
  const { name, namespace = session.namespace } = pipeline.metadata;
  const selection = { namespace, labels: `${PIPELINE_LABEL}=${resourceId({ kind: 'Pipeline', namespace, name })}` };
  const [allRuns, jobs, deployments, pods] = await Promise.all([
    listAll(session, typeOf('Run'), { namespace }),
    listAll(session, JOB, selection),
    listAll(session, DEPLOYMENT, selection),
    listAll(session, POD, selection),
  ]);
  const runs = allRuns.filter((run) => (run['spec'] as { pipeline?: string } | undefined)?.pipeline === name);
  return { pipeline, runs: newestFirst(runs), jobs: newestFirst(jobs), deployments, pods: newestFirst(pods) };
}

/** What Kubernetes noted about any of them, the oldest first. Events are kept for an hour, if the cluster says nothing else. */
export async function eventsOf(session: Session, family: Family): Promise<readonly CoreEvent[]> {
  const { pipeline, runs, jobs, deployments, pods } = family;
  const members = [pipeline, ...runs, ...jobs, ...deployments, ...pods];
  const uids = new Set(members.map(({ metadata }) => metadata.uid));
  const namespace = pipeline.metadata.namespace ?? session.namespace;
  const events = (await listAll(session, CORE_EVENT, { namespace })) as unknown as CoreEvent[];
  return events
    .filter(({ involvedObject }) => uids.has(involvedObject.uid))
    .sort((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)));
}

/** When it was last seen, RFC 3339. */
export function timeOf({ series, lastTimestamp, eventTime, firstTimestamp, metadata }: CoreEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? '';
}

function newestFirst(objects: readonly KubeObject[]): KubeObject[] {
  return objects.toSorted((a, b) => madeAt(b) - madeAt(a) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

const madeAt = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? '');
