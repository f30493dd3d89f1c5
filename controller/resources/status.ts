import type { Kind, ResourceRef } from '../../foundation/ids.ts';
import type { StatusOf } from '../../crds/index.ts';
import type { Database } from '../../store/sqlite/database.ts';
import { refParams } from './rows.ts';
import { sequence } from './sequence.ts';

/** Writes statuses. A status that is equal to the stored one writes nothing. */
export function statusWriter(database: Database): (ref: ResourceRef, status: StatusOf<Kind>) => Promise<void> {
  const find = database.prepare<{ key: number }>(
    `SELECT key FROM resources
     WHERE kind = $kind AND namespace = $namespace AND name = $name AND status <> $status`,
  );
  const update = database.prepare('UPDATE resources SET status = $status, version = $version WHERE key = $key');
  const { next } = sequence(database);

  return (ref, status) => {
    const text = JSON.stringify(status);
    return database.write(() => {
      const found = find.get({ ...refParams(ref), status: text });
      if (found !== undefined) update.run({ key: found.key, status: text, version: next() });
    });
  };
}
