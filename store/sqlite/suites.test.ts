import { eventsSuite, storeSuites } from '../suites/index.ts';
import { openSqlite } from './open.ts';
import { temporaryStore } from './temporary.ts';

storeSuites('sqlite', temporaryStore);

eventsSuite('sqlite with a thread that writes', async () => {
  const fixture = await temporaryStore();
  return { ...fixture, open: async () => (await openSqlite(fixture.path, { appendThread: true })).store };
});
