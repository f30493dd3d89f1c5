import { PAUSED_ANNOTATION, type PipelinePhase } from '../../crds/index.ts';
import type { PipelineSummary, StoredResource } from '../../controller/ports.ts';

/** Whether Git says `enabled: false`. */
export function isDisabled(stored: StoredResource<'Pipeline'>): boolean {
  return stored.resource.spec.enabled === false;
}

type StatusFacts = Pick<PipelineSummary, 'phase' | 'paused' | 'enabled' | 'deleted'>;

/**
 * What the pipeline is doing: the phase that the controller wrote, corrected for what was declared since, so that a
 * pause shows at once. `paused`: through the API or by annotation, which no sync touches.
 */
export function statusFrom({ phase, paused, enabled, deleted }: StatusFacts): PipelinePhase {
  if (deleted) return 'draining';
  if (paused || !enabled) return phase === 'draining' ? 'draining' : 'paused';
  return phase === null || phase === 'paused' || phase === 'draining' ? 'active' : phase;
}

/** The same of a whole pipeline. */
export function pipelineStatus(stored: StoredResource<'Pipeline'>): PipelinePhase {
  return statusFrom({
    phase: stored.status.phase ?? null,
    paused: stored.resource.metadata.annotations?.[PAUSED_ANNOTATION] === 'true',
    enabled: !isDisabled(stored),
    deleted: stored.deletedAt !== null,
  });
}
