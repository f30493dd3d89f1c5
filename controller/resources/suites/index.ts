import { describe } from 'vitest';
import { applySuite } from './apply.ts';
import { factsSuite } from './facts.ts';
import type { NewResources } from './fixture.ts';
import { listSuite } from './list.ts';
import { liveSuite } from './live.ts';
import { watchSuite } from './watch.ts';

export type { NewResources, ResourcesFixture } from './fixture.ts';

/** The suite that every implementation of `Resources` passes. */
export function resourcesSuite(name: string, fresh: NewResources): void {
  describe(`${name}: resources`, () => {
    applySuite(fresh);
    liveSuite(fresh);
    listSuite(fresh);
    factsSuite(fresh);
    watchSuite(fresh);
  });
}
