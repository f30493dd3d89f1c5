import type { ResourceRef } from '../../foundation/ids.ts';
import type { RunRecord } from '../../store/ports.ts';

/** The Run resource that asked for a run; null where somebody else did. */
export function askerOf({ actor, workspace }: Pick<RunRecord, 'actor' | 'workspace'>): ResourceRef | null {
  const [kind, name] = actor?.split('/') ?? [];
  return kind === 'Run' && name !== undefined ? { kind, namespace: workspace, name } : null;
}
