import { Strict } from '../../crds/common.ts';
import { route, type Route } from '../route.ts';
import { timeline, TimelineView } from '../runs/timeline.ts';
import { TimeFilter, WorkspaceFilter } from './schemas.ts';

const getTimeline = route({
  id: 'getRunTimeline',
  method: 'GET',
  path: '/runs/timeline',
  scope: 'read',
  tag: 'Runs',
  summary: 'Runs on a time axis',
  description: 'The intervals that a Gantt chart shows: all runs that overlap the window, by pipeline.',
  query: Strict({
    from: TimeFilter('Begin of the window; 24 hours before `to` when left out.'),
    to: TimeFilter('End of the window; now when left out.'),
    workspace: WorkspaceFilter,
  }),
  answer: { form: 'object', schema: TimelineView },
  examples: [{ title: 'The last 24 hours', path: '/runs/timeline' }],
  handler: ({ query, caller }, deps) => timeline(deps, caller, query),
});

/** Stands before `/runs/{run_id}`. */
export const timelineRoutes: readonly Route[] = [getTimeline];
