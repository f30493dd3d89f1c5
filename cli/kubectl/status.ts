import { typeOf } from '../../controller/kubernetes/object-types.ts';
import type { CliContext } from '../context.ts';
import { jsonDocument } from '../output/json.ts';
import { eventsOf, familyOf } from './family.ts';
import { findResource, listAll } from './find.ts';
import type { ClusterOptions } from './options.ts';
import { withSession } from './session.ts';
import { eventTable, familyTree, statusTable } from './tree.ts';

/** One pipeline with all that belongs to it, or all pipelines in a line each. */
export async function showStatus(
  context: CliContext,
  name: string | undefined,
  options: ClusterOptions,
): Promise<void> {
  const { terminal } = context;
  await withSession(context, options, async (session) => {
    if (name === undefined) {
      const pipelines = await listAll(session, typeOf('Pipeline'), { namespace: session.namespace });
      if (options.json === true) return terminal.out(jsonDocument(pipelines));
      if (pipelines.length === 0) return terminal.err(`no pipelines in namespace '${session.namespace}'\n`);
      return terminal.out(statusTable(pipelines, context));
    }
    const family = await familyOf(session, await findResource(session, 'Pipeline', name));
    const events = await eventsOf(session, family);
    if (options.json === true) return terminal.out(jsonDocument({ ...family, events }));
    terminal.out(familyTree(family, context));
    if (events.length > 0) terminal.out(`\nEvents:\n${eventTable(events, context)}`);
  });
}

export async function showEvents(context: CliContext, name: string, options: ClusterOptions): Promise<void> {
  const { terminal } = context;
  await withSession(context, options, async (session) => {
    const events = await eventsOf(session, await familyOf(session, await findResource(session, 'Pipeline', name)));
    if (options.json === true) return terminal.out(jsonDocument(events));
    if (events.length === 0) return terminal.err('no events\n');
    terminal.out(eventTable(events, context));
  });
}
