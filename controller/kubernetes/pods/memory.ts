import { parseQuantity } from '../../../crds/quantity.ts';
import { isMap } from './merge.ts';
import { RUNNER_CONTAINER } from './template.ts';
import type { Json, PodTemplate } from './types.ts';

/** What a runner takes beside its engine: Node, connectors, and what DuckDB does not count. */
const BESIDE_BYTES = 256 * 2 ** 20;

/**
 * How much of the memory limit of its container the engine of a runner may hold, in bytes: three quarters, but at least 256 MiB
 * stay for the rest of the process, and at least half is the engine's. Undefined without a limit. The engine spills to disk when
 * that is used up, instead of being killed.
 */
export function engineMemory({ spec }: PodTemplate): number | undefined {
  const containers = spec['containers'] as readonly Json[];
  const resources = containers.find(({ name }) => name === RUNNER_CONTAINER)?.['resources'];
  const limits = isMap(resources) ? resources['limits'] : undefined;
  const limit = isMap(limits) ? parseQuantity(String(limits['memory'])) : null;
  if (limit === null) return undefined;
  return Math.floor(Math.max(limit / 2, limit - Math.max(limit / 4, BESIDE_BYTES)));
}
