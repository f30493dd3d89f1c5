/** The stores of a server: what is shared, and what is always in its data folder. */
import { join } from 'node:path';
import { openStore, sqlitePath } from '../../store/open.ts';
import type { Store } from '../../store/ports.ts';
import type { Database } from '../../store/sqlite/database.ts';
import { openSqlite } from '../../store/sqlite/open.ts';

export interface Stores {
  readonly store: Store;
  /** The store in that file: where the key of the configuration is settled. */
  readonly local: Store;
  /** Where resources are kept: always a file of this machine. */
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** With SQLite one file serves for both; with another store the resources have one in the data folder. */
export async function openStores(url: string, dataDir: string): Promise<Stores> {
  if (/^sqlite:/i.test(url)) {
    const { store, database } = await openSqlite(sqlitePath(url));
    return { store, local: store, database, close: () => store.close() };
  }
  const store = await openStore(url);
  try {
    const local = await openSqlite(join(dataDir, 'headgate.db'));
    const close = async (): Promise<void> => {
      await local.store.close();
      await store.close();
    };
    return { store, local: local.store, database: local.database, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}
