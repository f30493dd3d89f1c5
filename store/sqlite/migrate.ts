import { HeadgateError } from '../../foundation/errors.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** Marks the file as Headgate's (`PRAGMA application_id`): "HGat". */
const APPLICATION_ID = 0x48476174;

const pragma = (database: Database, name: string): number =>
  database.prepare<Record<string, number>>(`PRAGMA ${name}`).get()?.[name] ?? 0;

/**
 * Brings the file to the newest schema. Several processes may do this at once: the first does the work, the others find
 * it done. Throws `store_newer` for a file of a newer version, `invalid_request` for another program's file.
 */
export async function migrate(database: Database): Promise<void> {
  const found = await database.read(() => pragma(database, 'user_version'));
  if (found === MIGRATIONS.length) return;
  await database.write(() => {
    const version = pragma(database, 'user_version');
    if (version > MIGRATIONS.length) throw newerStore(database.path, version);
    if (version === 0) claimFile(database);
    for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function claimFile(database: Database): void {
  const tables = database.prepare<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()!.n;
  if (tables > 0) {
    throw new HeadgateError('invalid_request', `${database.path} is the SQLite file of another program`, {
      at: database.path,
      hint: 'name a file that does not exist yet',
    });
  }
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

export function newerStore(path: string, version: number): HeadgateError {
  return new HeadgateError(
    'store_newer',
    `the store ${path} has schema ${version}; this version knows up to ${MIGRATIONS.length}`,
    { at: path, hint: 'run the version of Headgate that wrote it, or a newer one' },
  );
}
