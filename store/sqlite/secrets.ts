import { MAX_SECRETS, type SecretEntry, type SecretRecord, type Secrets } from '../secret-ports.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json.ts';

interface SecretRow {
  readonly workspace: string;
  readonly name: string;
  readonly version: string;
  readonly key_id: string;
  readonly entries: string;
  readonly created_at: number;
  readonly updated_at: number;
}

interface SealingRow {
  readonly key_id: string | null;
  readonly changes: number;
}

const PUT = `
  INSERT INTO secrets VALUES ($workspace, $name, $version, $keyId, $entries, $createdAt, $updatedAt)
  ON CONFLICT (workspace, name) DO UPDATE SET
    version = excluded.version, key_id = excluded.key_id, entries = excluded.entries,
    created_at = excluded.created_at, updated_at = excluded.updated_at`;

export function sqliteSecrets(database: Database): Secrets {
  const one = database.prepare<SecretRow>('SELECT * FROM secrets WHERE workspace = $workspace AND name = $name');
  const all = database.prepare<SecretRow>('SELECT * FROM secrets ORDER BY workspace, name');
  const some = database.prepare<SecretRow>('SELECT * FROM secrets WHERE workspace = $workspace ORDER BY name');
  const count = database.prepare<{ n: number }>('SELECT count(*) AS n FROM secrets');
  const put = database.prepare(PUT);
  const remove = database.prepare('DELETE FROM secrets WHERE workspace = $workspace AND name = $name');
  const sealing = database.prepare<SealingRow>('SELECT key_id, changes FROM sealing');
  const use = database.prepare('UPDATE sealing SET key_id = $next, changes = changes + 1');
  const changed = database.prepare('UPDATE sealing SET changes = changes + 1');
  const toRecord = (row: SecretRow): SecretRecord => toSecretRecord(row, database.path);

  return {
    get: (workspace, name) =>
      database.read(() => {
        const row = one.get({ workspace, name });
        return row === undefined ? null : toRecord(row);
      }),
    list: (workspace) =>
      database.read(() => (workspace === undefined ? all.all() : some.all({ workspace })).map(toRecord)),
    put: (record, expected) =>
      database.write(() => {
        const { workspace, name, version, keyId, createdAt, updatedAt } = record;
        const known = one.get({ workspace, name });
        if ((known?.version ?? null) !== expected) return 'changed';
        const used = sealing.get()!.key_id;
        if (used !== null && used !== keyId) return 'other_key';
        if (known === undefined && count.get()!.n >= MAX_SECRETS) return 'full';
        if (used === null) use.run({ next: keyId });
        put.run({ workspace, name, version, keyId, entries: toJson(record.entries), createdAt, updatedAt });
        changed.run();
        return 'stored';
      }),
    delete: (workspace, name, expected) =>
      database.write(() => {
        if (expected !== undefined && one.get({ workspace, name })?.version !== expected) return false;
        if (remove.run({ workspace, name }) === 0) return false;
        changed.run();
        return true;
      }),
    sealingKey: () => database.read(() => sealing.get()!.key_id),
    useKey: (expected, next) =>
      database.write(() => {
        if (sealing.get()!.key_id !== expected) return false;
        use.run({ next });
        return true;
      }),
    watch: (listener) => {
      // The feed tells of every write to the file: the counter tells those apart that concern secrets.
      const counter = (): number => sealing.get()!.changes;
      let seen = counter();
      return database.changes.subscribe(() => {
        const now = counter();
        if (now === seen) return;
        listener();
        seen = now;
      });
    },
  };
}

function toSecretRecord(row: SecretRow, path: string): SecretRecord {
  return {
    workspace: row.workspace,
    name: row.name,
    version: row.version,
    keyId: row.key_id,
    entries: fromJson(row.entries, path) as Record<string, SecretEntry>,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
