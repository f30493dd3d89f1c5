import { setImmediate } from 'node:timers/promises';
import type { PipelineSpec } from '../../crds/index.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import type { PipelineSummary, Resources, StoredResource } from '../../controller/ports.ts';

/** A pipeline that uses a connection. */
export interface Use {
  readonly id: string;
  readonly name: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface Uses {
  /** Who uses a connection: pipelines of its workspace only, by name. Those that are being deleted count, too. */
  of(connection: StoredResource<'Connection'>): Promise<readonly Use[]>;
}

/** The names of the connections of a pipeline. */
interface Endpoints {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Other work gets its turn after so many pipelines were opened: about 10 ms. */
const TURN = 100;

/**
 * What was found out of a pipeline is remembered for as long as its entry in the index is the same, since ten thousand
 * specifications take a second to open, and events are sent by the names of connections.
 */
export function createUses(resources: Pick<Resources, 'pipelineIndex' | 'getById'>): Uses {
  const known = new WeakMap<PipelineSummary, Endpoints>();
  let reading: Promise<void> = Promise.resolve();

  const read = async (pipelines: readonly PipelineSummary[]): Promise<void> => {
    let opened = 0;
    for (const pipeline of pipelines) {
      // Somebody who came before may have looked meanwhile.
      if (known.has(pipeline)) continue;
      const stored = await resources.getById(pipeline.id);
      known.set(
        pipeline,
        stored?.resource.kind === 'Pipeline' ? endpointsOf(stored.resource.spec as PipelineSpec) : NONE,
      );
      if (++opened % TURN === 0) await setImmediate();
    }
  };

  return {
    of: async ({ resource: { metadata } }) => {
      const { name, namespace } = metadata;
      const pipelines = await resources.pipelineIndex(namespace);
      if (!pipelines.every((pipeline) => known.has(pipeline))) {
        const mine = reading.then(() => read(pipelines));
        reading = mine.catch(() => undefined);
        await mine;
      }
      return pipelines.flatMap((pipeline) => {
        const { reads, writes } = known.get(pipeline)!;
        const use = { reads: reads.includes(name), writes: writes.includes(name) };
        return use.reads || use.writes ? [{ id: pipeline.id, name: parseRefKey(pipeline.key).name, ...use }] : [];
      });
    },
  };
}

const NONE: Endpoints = { reads: [], writes: [] };

function endpointsOf({ source, sources = [], destination, destinations = [] }: PipelineSpec): Endpoints {
  const names = (endpoints: readonly ({ readonly connection?: string } | undefined)[]): readonly string[] =>
    endpoints.flatMap((endpoint) => endpoint?.connection ?? []);
  return { reads: names([source, ...sources]), writes: names([destination, ...destinations]) };
}
