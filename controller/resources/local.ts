import { HeadgateError } from '../../foundation/errors.ts';
import { refKey, stableJson, type Kind, type ResourceRef } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/time.ts';
import type { Database, Params } from '../../store/sqlite/database.ts';
import { fromJson } from '../../store/sqlite/json.ts';
import type { ResourceFilter, Resources, StoredResource } from '../ports.ts';
import { applier } from './apply.ts';
import { pipelineIndex } from './pipeline-index.ts';
import { Recent } from './recent.ts';
import {
  RESOURCE_COLUMNS,
  SUMMARY_COLUMNS,
  refParams,
  toStoredResource,
  toSummary,
  type ResourceRow,
  type SummaryRow,
} from './rows.ts';
import { SealedRows } from './sealed-rows.ts';
import { REMOVAL_KEPT_MS, sequence, watchResources } from './sequence.ts';
import { statusWriter } from './status.ts';

/** How much the live annotations of a resource may hold, in characters of JSON; Kubernetes draws the line at 256 KiB too. */
const MAX_LIVE_ANNOTATIONS = 262_144;

const SELECT = `SELECT ${RESOURCE_COLUMNS} FROM resources`;
const IS_REF = 'kind = $kind AND namespace = $namespace AND name = $name';

/**
 * The resources of a standalone installation, in the store's SQLite file. Keeps few of them in memory. Without `sealed` their
 * specifications are stored plain.
 */
export function openLocalResources(
  database: Database,
  now: Clock = Date.now,
  sealed: SealedRows = new SealedRows(database, null),
): Resources {
  const byRef = database.prepare<ResourceRow>(`${SELECT} WHERE ${IS_REF}`);
  const byId = database.prepare<ResourceRow>(`${SELECT} WHERE id = $id`);
  const versionOf = database.prepare<{ version: number }>(`SELECT version FROM resources WHERE ${IS_REF}`);
  const recent = new Recent();
  const apply = applier(database, sealed, now);
  const stored = <K extends Kind>(row: ResourceRow | undefined): StoredResource<K> | null =>
    row === undefined ? null : toStoredResource<K>(row, database.path, sealed);

  return {
    index: async (filter = {}) => {
      const { where, params } = condition(filter);
      const sql = `SELECT ${SUMMARY_COLUMNS} FROM resources ${where} ORDER BY kind || '/' || namespace || '/' || name`;
      const rows = await database.read(() => database.prepare<SummaryRow>(sql).all(params));
      return rows.map(toSummary);
    },
    pipelineIndex: pipelineIndex(database),
    list: async <K extends Kind>(filter: ResourceFilter & { readonly kind?: K } = {}) => {
      const { where, params } = condition(filter);
      const sql = `${SELECT} ${where} ORDER BY kind, namespace, name`;
      const rows = await database.read(() => database.prepare<ResourceRow>(sql).all(params));
      return rows.map((row) => toStoredResource<K>(row, database.path, sealed));
    },
    get: <K extends Kind>(ref: ResourceRef & { readonly kind: K }) =>
      // Two statements, but either of them may see what came in between.
      database.query(() => {
        const params = refParams(ref);
        const version = versionOf.get(params)?.version;
        if (version === undefined) return null;
        const known = recent.find(refKey(ref), version);
        if (known !== null) return known as StoredResource<K>;
        const found = stored<K>(byRef.get(params));
        if (found !== null) recent.add(refKey(ref), found);
        return found;
      }),
    getById: (id) => database.query(() => stored(byId.get({ id }))),
    apply: (changes) => database.write(() => apply(changes)),
    annotate: annotator(database, sealed, now),
    updateStatus: statusWriter(database),
    // A resource only ever goes by `remove`.
    hold: async () => undefined,
    remove: remover(database, now),
    watch: (listener) => watchResources(database, listener),
  };
}

function condition(filter: ResourceFilter): { where: string; params: Params } {
  const terms: string[] = [];
  const params: Params = {};
  for (const [column, value] of [
    ['kind', filter.kind],
    ['namespace', filter.namespace],
    ['repository_id', filter.repositoryId],
  ] as const) {
    if (value === undefined) continue;
    terms.push(`${column} = $${column}`);
    params[column] = value;
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, params };
}

function annotator(database: Database, sealed: SealedRows, now: Clock): Resources['annotate'] {
  const byRef = database.prepare<ResourceRow>(`${SELECT} WHERE ${IS_REF}`);
  const update = database.prepare<ResourceRow>(
    `UPDATE resources SET live_annotations = $live, version = $version, change_seq = $version, updated_at = $at
     WHERE ${IS_REF} RETURNING ${RESOURCE_COLUMNS}`,
  );
  const { next } = sequence(database);

  return (ref, annotations) =>
    database.write(() => {
      const row = byRef.get(refParams(ref));
      if (row === undefined) return null;
      const live = { ...(fromJson(row.live_annotations, database.path) as Record<string, string> | null) };
      for (const [key, value] of Object.entries(annotations)) {
        if (value === null) delete live[key];
        else live[key] = value;
      }
      const text = Object.keys(live).length === 0 ? null : stableJson(live);
      if (text === row.live_annotations) return toStoredResource(row, database.path, sealed);
      if (text !== null && text.length > MAX_LIVE_ANNOTATIONS) throw tooLarge(ref);
      return toStoredResource(
        update.get({ ...refParams(ref), live: text, version: next(), at: now() })!,
        database.path,
        sealed,
      );
    });
}

function tooLarge(ref: ResourceRef): HeadgateError {
  return new HeadgateError(
    'invalid_request',
    `the annotations of ${refKey(ref)} pass ${MAX_LIVE_ANNOTATIONS} characters`,
    {
      hint: 'remove some first',
    },
  );
}

function remover(database: Database, now: Clock): Resources['remove'] {
  const remove = database.prepare(`DELETE FROM resources WHERE ${IS_REF} AND deleted_at IS NOT NULL`);
  const note = database.prepare(
    'INSERT OR REPLACE INTO removed_resources VALUES ($kind, $namespace, $name, $seq, $at)',
  );
  const forget = database.prepare('DELETE FROM removed_resources WHERE removed_at < $before');
  const { next } = sequence(database);

  return (ref) =>
    database.write(() => {
      if (remove.run(refParams(ref)) === 0) return;
      note.run({ ...refParams(ref), seq: next(), at: now() });
      forget.run({ before: now() - REMOVAL_KEPT_MS });
    });
}
