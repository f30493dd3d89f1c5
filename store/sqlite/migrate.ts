import { HeadgateError } from '../../foundation/errors.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** What a file of the store holds. */
export interface Schema {
  /** Tells this kind of file from others (`PRAGMA application_id`). */
  readonly applicationId: number;
  /** In order; `PRAGMA user_version` counts how many a file has had. Once released, one is never changed or removed. */
  readonly migrations: readonly string[];
}

/** The main file; its mark is "HGat". */
const MAIN: Schema = { applicationId: 0x48476174, migrations: MIGRATIONS };

const pragma = (database: Database, name: string): number =>
  database.prepare<Record<string, number>>(`PRAGMA ${name}`).get()?.[name] ?? 0;

/**
 * Brings the file to the newest schema. Several processes may do this at once: the first does the work, the others find
 * it done. Throws `store_newer` for a file of a newer version, `invalid_request` for another program's file or one of
 * another kind.
 */
export async function migrate(database: Database, schema: Schema = MAIN): Promise<void> {
  const { applicationId, migrations } = schema;
  const [found, mark] = await database.read(() => [
    pragma(database, 'user_version'),
    pragma(database, 'application_id'),
  ]);
  if (found > 0 && mark !== applicationId) throw othersFile(database.path);
  if (found === migrations.length) return;
  await database.write(() => {
    const version = pragma(database, 'user_version');
    if (version > migrations.length) throw newerStore(database.path, version, migrations.length);
    if (version === 0) claimFile(database, applicationId);
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function claimFile(database: Database, applicationId: number): void {
  const tables = database.prepare<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()!.n;
  if (tables > 0) throw othersFile(database.path);
  database.exec(`PRAGMA application_id = ${applicationId}`);
}

function othersFile(path: string): HeadgateError {
  return new HeadgateError('invalid_request', `${path} is the SQLite file of another program`, {
    at: path,
    hint: 'name a file that does not exist yet',
  });
}

export function newerStore(path: string, version: number, known: number = MIGRATIONS.length): HeadgateError {
  return new HeadgateError(
    'store_newer',
    `the store ${path} has schema ${version}; this version knows up to ${known}`,
    { at: path, hint: 'run the version of Headgate that wrote it, or a newer one' },
  );
}
