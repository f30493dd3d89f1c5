import type { Kind } from '../../foundation/ids.ts';
import type { ChangeEffect } from './types.ts';

/** Fields whose change stops no runner. Whatever is not named here makes runners change over. */
const LIVE: Record<Kind, readonly string[]> = {
  Pipeline: [
    'metadata',
    'spec.description',
    'spec.title',
    'spec.version',
    'spec.enabled',
    'spec.schedule',
    'spec.history',
  ],
  Connection: ['metadata', 'spec.title', 'spec.synchronizations'],
  Connector: ['metadata', 'spec.title', 'spec.summary', 'spec.eventTypes'],
  Repository: ['metadata', 'spec'],
  Run: ['metadata'],
};

/** The effect of a change to these fields. */
export function effectOf(kind: Kind, paths: readonly string[]): ChangeEffect {
  const live = LIVE[kind];
  const harmless = (path: string): boolean =>
    live.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
  return paths.every(harmless) ? 'live' : 'restart';
}
