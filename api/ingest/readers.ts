/** Who gets the events of a connection: the pipelines that read from it, remembered as targets are. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { lookUp, lookupWorkspace, maySee, noSuch } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { connectorFor, takesEvents } from '../integrations/connector.ts';
import type { Target } from './target.ts';
import { MAX_REMEMBERED, type Targets } from './targets.ts';

/** How long the list of pipelines is believed when no change is heard of, in milliseconds. */
const FRESH_MS = 10_000;

export interface Readers {
  /**
   * The pipelines that read from the connection with this id or name. Rejects with `not_found` or `forbidden`, and with
   * `events_not_accepted` where its events are not sent here, or nobody reads them.
   */
  find(token: TokenRecord, idOrName: string, workspace: string | undefined): Promise<readonly Target[]>;
  close(): void;
}

interface Entry {
  readonly connectionId: string;
  readonly workspace: string;
  readonly pipelineIds: readonly string[];
  readonly refusal: HeadgateError | null;
  readonly until: number;
}

export function createReaders(deps: Pick<RouteDeps, 'resources' | 'clock' | 'uses'>, targets: Targets): Readers {
  const entries = new Map<string, Entry>();
  let round = 0;
  const off = deps.resources.watch(() => {
    round++;
    entries.clear();
  });

  const load = async (namespace: string, idOrName: string): Promise<Entry> => {
    const began = round;
    const stored = await lookUp(deps.resources, 'Connection', namespace, idOrName);
    if (stored === null) throw noSuch('Connection', idOrName, namespace);
    const { name, namespace: workspace } = stored.resource.metadata;
    const { connector } = stored.resource.spec;
    const readers = (await deps.uses.of(stored)).filter(({ reads }) => reads);
    const refuse = (why: string, hint: string): HeadgateError =>
      new HeadgateError('events_not_accepted', `the integration '${name}' ${why}`, { hint });
    const refusal = !takesEvents(await connectorFor(deps, workspace, connector))
      ? refuse(
          `takes no events: its service is '${connector}'`,
          "those with the services 'events' and 'webhook' take events",
        )
      : readers.length === 0
        ? refuse('has no pipeline that reads from it', 'name it as the source of a pipeline')
        : null;
    const pipelineIds = readers.map(({ id }) => id);
    const entry = { connectionId: stored.id, workspace, pipelineIds, refusal, until: deps.clock() + FRESH_MS };
    // What was read before a change must not outlive it.
    if (began === round) {
      if (entries.size >= MAX_REMEMBERED) entries.clear();
      entries.set(`${namespace}/${idOrName}`, entry);
    }
    return entry;
  };

  return {
    async find(token, idOrName, workspace) {
      const namespace = lookupWorkspace(token, workspace);
      const known = entries.get(`${namespace}/${idOrName}`);
      const entry = known !== undefined && deps.clock() < known.until ? known : await load(namespace, idOrName);
      const own = token.integrationId === null || token.integrationId === entry.connectionId;
      if (!own || !maySee(token, entry.workspace)) throw noSuch('Connection', idOrName, namespace);
      if (entry.refusal !== null) throw entry.refusal;
      return Promise.all(entry.pipelineIds.map(async (id) => targets.find(token, id, undefined)));
    },
    close: off,
  };
}
