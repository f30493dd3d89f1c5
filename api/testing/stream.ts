import type { PipelineSpec, Resource } from '../../crds/index.ts';
import { resourceId } from '../../foundation/ids.ts';
import type { EventStats, StoredEvent } from '../../store/event-ports.ts';

import { pipeline, type TestApi } from './harness.ts';

/** A stream pipeline that takes events from the API. */
export function stream(
  name: string,
  settings: Record<string, unknown> = {},
  spec: Partial<PipelineSpec> = {},
  metadata: object = {},
): Resource<'Pipeline'> {
  return pipeline(
    name,
    { source: { connector: 'events', settings }, destination: { connector: 'stdout', settings: {} }, ...spec },
    metadata,
  );
}

export const pipelineId = (name: string, namespace = 'default'): string =>
  resourceId({ kind: 'Pipeline', namespace, name });

/** All events of a pipeline, as the log has them. */
export async function eventsOf(t: TestApi, name: string, namespace?: string): Promise<readonly StoredEvent[]> {
  return t.store.events.read(pipelineId(name, namespace), 0, { events: 100_000, bytes: 2 ** 30 });
}

/** How many events a pipeline ever had. */
export async function countOf(t: TestApi, name: string): Promise<number> {
  const stats: EventStats | undefined = (await t.store.events.stats([pipelineId(name)], t.time.now)).get(
    pipelineId(name),
  );
  return stats?.next ?? 0;
}
