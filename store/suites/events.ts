import { describe } from 'vitest';
import { eventsAppendSuite } from './events-append.ts';
import { eventsDeliverySuite } from './events-delivery.ts';
import { eventsFatesSuite } from './events-fates.ts';
import { eventsListsSuite } from './events-lists.ts';
import { eventsManySuite } from './events-many.ts';
import { eventsModelSuite } from './events-model.ts';
import { eventsProcessesSuite } from './events-processes.ts';
import { eventsReplaysSuite } from './events-replays.ts';
import { eventsRetentionSuite } from './events-retention.ts';
import type { NewStore } from './fixture.ts';

/** The suite that every implementation of `EventLog` passes. */
export function eventsSuite(name: string, fresh: NewStore): void {
  describe(`${name}: events`, () => {
    eventsAppendSuite(fresh);
    eventsDeliverySuite(fresh);
    eventsFatesSuite(fresh);
    eventsReplaysSuite(fresh);
    eventsListsSuite(fresh);
    eventsRetentionSuite(fresh);
    eventsProcessesSuite(fresh);
    eventsManySuite(fresh);
    eventsModelSuite(fresh);
  });
}
