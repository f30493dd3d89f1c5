import { describe } from 'vitest';
import { applySuite } from './apply.ts';
import { factsSuite } from './facts.ts';
import type { NewResources, SuiteOptions } from './fixture.ts';
import { listSuite } from './list.ts';
import { liveSuite } from './live.ts';
import { watchSuite } from './watch.ts';

export type { NewResources, ResourcesFixture, SuiteOptions } from './fixture.ts';

/** The suite that every implementation of `Resources` passes. */
export function resourcesSuite(name: string, fresh: NewResources, options: SuiteOptions = {}): void {
  describe(`${name}: resources`, () => {
    applySuite(fresh, options);
    liveSuite(fresh, options);
    listSuite(fresh, options);
    factsSuite(fresh, options);
    watchSuite(fresh, options);
  });
}
