import { afterEach, beforeEach } from 'vitest';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';

/** An empty store for one test. */
export interface StoreFixture {
  /** What `openStore` takes, in this process and others. */
  readonly url: string;
  dispose(): Promise<void>;
}

export type NewStore = () => Promise<StoreFixture>;

/** The store of the running test. Handles that were opened on it are closed after the test. */
export interface StoreUnderTest {
  readonly url: string;
  open(): Promise<Store>;
}

/** Gives every test of the enclosing `describe` an empty store. */
export function storeForEachTest(fresh: NewStore): StoreUnderTest {
  let fixture: StoreFixture | undefined;
  const opened: Store[] = [];
  const url = (): string => fixture!.url;
  beforeEach(async () => {
    fixture = await fresh();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await fixture?.dispose();
    fixture = undefined;
  });
  return {
    get url() {
      return url();
    },
    open: async () => {
      const store = await openStore(url());
      opened.push(store);
      return store;
    },
  };
}
