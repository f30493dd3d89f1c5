import { typeOf } from '../../controller/kubernetes/object-types.ts';
import type { RegisterCommand } from '../commands/command.ts';
import { jsonDocument } from '../output/json.ts';
import { eventsOf, familyOf } from './family.ts';
import { findResource, listAll } from './find.ts';
import { withCluster, type ClusterOptions } from './options.ts';
import { withSession } from './session.ts';
import { eventTable, familyTree, statusTable } from './tree.ts';

/** `status` and `events`. */
export const registerStatus: RegisterCommand = (program, context) => {
  const { terminal } = context;
  withCluster(
    program
      .command('status')
      .alias('tree')
      .description(
        'Show a pipeline with its Runs, Jobs, Deployments, Pods, conditions and events, or all in a line each',
      )
      .argument('[pipeline]', 'name'),
  ).action((name: string | undefined, options: ClusterOptions) =>
    withSession(context, options, async (session) => {
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
    }),
  );
  withCluster(
    program
      .command('events')
      .description('Show what Kubernetes noted about a pipeline and all that belongs to it')
      .argument('<pipeline>', 'name'),
  ).action((name: string, options: ClusterOptions) =>
    withSession(context, options, async (session) => {
      const events = await eventsOf(session, await familyOf(session, await findResource(session, 'Pipeline', name)));
      if (options.json === true) return terminal.out(jsonDocument(events));
      if (events.length === 0) return terminal.err('no events\n');
      terminal.out(eventTable(events, context));
    }),
  );
};
