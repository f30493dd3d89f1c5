/** The Deployment of a stream: one Pod delivers, the others stand by. */
import { contentHash } from '../../../foundation/ids.ts';
import { streamBlob } from '../../../runner/handed.ts';
import { ORPHAN_DRAIN_MS } from '../../../runner/host-protocol.ts';
import type { WantedStream } from '../../ports.ts';
import { childLabels, PIPELINE_LABEL } from '../names.ts';
import { mergeTemplate } from '../pods/merge.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import { podTemplate, RUNNER_CONTAINER } from '../pods/template.ts';
import type { Json, PodSettings, PodTemplate } from '../pods/types.ts';
import type { NewObject, OwnerReference } from '../types.ts';
import { deploymentName, HASH_ANNOTATION, RENDERED_ANNOTATION, TEMPLATE_LABEL } from './names.ts';

/** Where the Pod of a stream tells how it is. */
export const HEALTH_PORT = 8081;
/** How much of a hash a label gets, which cannot hold all of it. */
const LABEL_LENGTH = 32;
/** What a Pod may take beyond its drain: closing writers and the store, and telling of its end. */
const CLOSE_SECONDS = 15;

/**
 * A changed template brings new Pods beside the old ones, and then ends these: the new ones stand by until the old one, told to end,
 * has delivered what is under way and given its lease back. The lease has one holder, and its epoch fences whoever lost it, so
 * that two Pods at a time never reorder anything; and nothing is delivered later than it takes to pass the lease on. `Recreate` would
 * add the start of a Pod to every change. A definition that no Pod can run leaves the Pods before it at work (invariant 4).
 * As many new Pods as there are old ones: each old one that goes while others stay could pass the lease on to one of these.
 */
const STRATEGY = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } };

/** All but the owner. Throws `pod_refused` for what the author of a Pod template may not set. */
export function streamDeployment(wanted: WantedStream, drainMs: number, settings: PodSettings): NewObject {
  const { pipeline } = wanted.assignment;
  const labels = { [PIPELINE_LABEL]: pipeline.id };
  const selector = { ...childLabels(settings.environment, 'stream'), ...labels };
  const template = templateOf(wanted, drainMs, settings);
  const mark = { [TEMPLATE_LABEL]: contentHash(template).slice(0, LABEL_LENGTH) };
  const spec = {
    replicas: wanted.shape.replicas,
    selector: { matchLabels: selector },
    strategy: STRATEGY,
    revisionHistoryLimit: 1,
    template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata.labels, ...mark } } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: deploymentName(pipeline.id),
      namespace: pipeline.workspace,
      labels: { ...selector, ...mark },
      annotations: { [HASH_ANNOTATION]: wanted.hash, [RENDERED_ANNOTATION]: contentHash(spec) },
    },
    spec,
  };
}

export function renderedHash({ metadata }: NewObject): string {
  return metadata.annotations?.[RENDERED_ANNOTATION] ?? '';
}

export function ownedBy(object: NewObject, owner: OwnerReference): NewObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

function templateOf({ assignment, hash, shape }: WantedStream, drainMs: number, settings: PodSettings): PodTemplate {
  const { pipeline } = assignment;
  const labels = { [PIPELINE_LABEL]: pipeline.id };
  const { metadata, spec } = podTemplate(
    {
      component: 'stream',
      labels,
      assignment: streamBlob(pipeline.id, hash),
      secrets: referencedSecrets([...pipeline.sources, ...pipeline.destinations]),
      graceSeconds: Math.ceil(Math.max(drainMs, ORPHAN_DRAIN_MS) / 1000) + CLOSE_SECONDS,
      restartPolicy: 'Always',
      resources: shape.resources,
      podTemplate: shape.podTemplate,
    },
    settings,
  );
  // What the author says of them goes before. The number of Pods plays no part, or each change of it would bring new ones.
  const ours = { topologySpreadConstraints: [spread(pipeline.id)], containers: [PROBES] };
  return { metadata, spec: mergeTemplate(ours, spec) };
}

/** A Pod that stands by is as ready as the one that delivers. */
const PROBES: Json = {
  name: RUNNER_CONTAINER,
  ports: [{ name: 'health', containerPort: HEALTH_PORT }],
  readinessProbe: probe('/ready', 2, 3),
  livenessProbe: { ...probe('/live', 10, 6), initialDelaySeconds: 20 },
};

function probe(path: string, periodSeconds: number, failureThreshold: number): Json {
  return { httpGet: { path, port: 'health' }, periodSeconds, timeoutSeconds: 5, failureThreshold };
}

/** Standbys are of use where the node of the first one is gone. */
function spread(pipelineId: string): Json {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { [PIPELINE_LABEL]: pipelineId } },
  };
}
