/** All routes, in the order of the documentation. Where two paths fit a request, the first one listed takes it. */
import type { Presenter } from '../presenters/presenter.ts';
import type { Route } from '../route.ts';
import { auditRoutes } from './audit.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { descriptionRoutes } from './description.ts';
import { replayRoutes } from './event-replays.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { ingestRoutes } from './ingest.ts';
import { integrationActionRoutes } from './integration-actions.ts';
import { integrationWriteRoutes } from './integration-writes.ts';
import { integrationRoutes } from './integrations.ts';
import { pipelineRoutes } from './pipelines.ts';
import { pipelineWriteRoutes } from './pipeline-writes.ts';
import { planRoutes } from './plan.ts';
import { repositoryRoutes } from './repositories.ts';
import { runLogRoutes } from './run-logs.ts';
import { runOutputRoutes } from './run-output.ts';
import { runWishRoutes } from './run-wishes.ts';
import { runRoutes } from './runs.ts';
import { secretRoutes } from './secrets.ts';
import { timelineRoutes } from './timeline.ts';
import { tokenRoutes } from './tokens.ts';
import { webhookRoutes } from './webhooks.ts';

const DESCRIBED: readonly Route[] = [
  ...pipelineRoutes,
  ...pipelineWriteRoutes,
  ...eventRoutes,
  ...replayRoutes,
  ...deadLetterRoutes,
  ...runWishRoutes,
  ...timelineRoutes,
  ...runRoutes,
  ...runLogRoutes,
  ...runOutputRoutes,
  ...ingestRoutes,
  ...integrationRoutes,
  ...integrationWriteRoutes,
  ...integrationActionRoutes,
  ...repositoryRoutes,
  ...planRoutes,
  ...secretRoutes,
  ...tokenRoutes,
  ...auditRoutes,
  ...healthRoutes,
];

/** The routes of the API, and those that describe them. */
export function createRoutes(presenters: readonly Presenter[], version: string): readonly Route[] {
  const described = [...DESCRIBED, ...webhookRoutes()];
  return [...described, ...descriptionRoutes(described, presenters, version)];
}
