/** One suite a port: what every implementation of the store has to pass. */
import { describe } from 'vitest';
import { answersSuite } from './answers.ts';
import { auditSuite } from './audit.ts';
import { blobsSuite } from './blobs.ts';
import { eventsSuite } from './events.ts';
import type { NewStore } from './fixture.ts';
import { locksSuite } from './locks.ts';
import { logsSuite } from './logs.ts';
import { runExecutionSuite } from './run-execution.ts';
import { runQueriesSuite } from './run-queries.ts';
import { runRetentionSuite } from './run-retention.ts';
import { runWishesSuite } from './run-wishes.ts';
import { secretsSuite } from './secrets.ts';
import { syncsSuite } from './syncs.ts';
import { tokensSuite } from './tokens.ts';
import { watchSuite } from './watch.ts';

export type { NewStore, StoreFixture } from './fixture.ts';

/** The suite that every implementation of `Runs` passes. */
export function runsSuite(name: string, fresh: NewStore): void {
  describe(`${name}: runs`, () => {
    runWishesSuite(fresh);
    runExecutionSuite(fresh);
    runQueriesSuite(fresh);
    logsSuite(fresh);
    runRetentionSuite(fresh);
    watchSuite(fresh);
  });
}

export { eventsSuite } from './events.ts';

/** All of them. */
export function storeSuites(name: string, fresh: NewStore): void {
  runsSuite(name, fresh);
  syncsSuite(name, fresh);
  tokensSuite(name, fresh);
  locksSuite(name, fresh);
  secretsSuite(name, fresh);
  answersSuite(name, fresh);
  auditSuite(name, fresh);
  blobsSuite(name, fresh);
  eventsSuite(name, fresh);
}
