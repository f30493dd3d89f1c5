import { runs } from './001-runs.ts';
import { syncs } from './002-syncs.ts';
import { access } from './003-access.ts';
import { resources } from './004-resources.ts';
import { served } from './005-served.ts';
import { pipelineFacts } from './006-pipeline-facts.ts';
import { stateOrigin } from './007-state-origin.ts';
import { secrets } from './008-secrets.ts';
import { answersAudit } from './009-answers-audit.ts';
import { reads } from './010-reads.ts';
import { blobs } from './011-blobs.ts';
import { takers } from './012-takers.ts';
import { warnings } from './013-warnings.ts';
import { spared } from './014-spared.ts';

/** In order; `PRAGMA user_version` counts how many a file has had. Once released, one is never changed or removed. */
export const MIGRATIONS: readonly string[] = [
  runs,
  syncs,
  access,
  resources,
  served,
  pipelineFacts,
  stateOrigin,
  secrets,
  answersAudit,
  reads,
  blobs,
  takers,
  warnings,
  spared,
];
