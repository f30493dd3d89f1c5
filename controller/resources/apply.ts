import { contentHash, resourceId, type ResourceRef } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/time.ts';
import { refOf, type SpecOf } from '../../crds/index.ts';
import type { Database, Params } from '../../store/sqlite/database.ts';
import { toJson } from '../../store/sqlite/json.ts';
import { declarationHash } from '../plan/plan.ts';
import type { ResourceChange } from '../ports.ts';
import { refParams } from './rows.ts';
import { specContext, type SealedRows } from './sealed-rows.ts';
import { sequence } from './sequence.ts';

/** What of a stored resource decides about a change. */
interface Known {
  readonly key: number;
  readonly spec_hash: string;
  readonly declared_hash: string;
  readonly repository_id: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly deleted_at: number | null;
}

type Apply = Extract<ResourceChange, { readonly action: 'apply' }>;

/**
 * Answers a function that applies changes; it belongs into a write transaction.
 *
 * A resource that is marked as deleted and applied again lives on, as a new generation even when its spec is the same: its
 * drain may have begun, so everything of it has to be looked at anew. `remove` ends only what is still marked, so that a
 * drain that finishes late cannot take the resource away; history that the drain deleted until then is gone.
 */
export function applier(
  database: Database,
  sealed: SealedRows,
  now: Clock,
): (changes: readonly ResourceChange[]) => void {
  const statements = prepare(database);
  const { next } = sequence(database);

  const create = ({ resource, revision, origin }: Apply, declared: Params): void => {
    const version = next();
    statements.insert.run({
      ...refParams(refOf(resource)),
      ...declared,
      spec: sealed.seal(declared['spec'] as string, specContext(refOf(resource))),
      id: resourceId(refOf(resource)),
      revision,
      repositoryId: origin.repositoryId,
      file: origin.file,
      line: origin.line,
      version,
      at: now(),
    });
  };

  const update = (known: Known, { resource, revision, origin }: Apply, declared: Params): void => {
    const place = { key: known.key, repositoryId: origin.repositoryId, file: origin.file, line: origin.line };
    const alive = known.deleted_at === null;
    if (alive && known.declared_hash === declared['declaredHash']) {
      const samePlace =
        known.repository_id === origin.repositoryId && known.file === origin.file && known.line === origin.line;
      if (!samePlace) statements.move.run({ ...place, version: next() });
      return;
    }
    statements.update.run({
      ...place,
      ...declared,
      spec: sealed.seal(declared['spec'] as string, specContext(refOf(resource))),
      revision,
      newGeneration: alive && known.spec_hash === declared['specHash'] ? 0 : 1,
      version: next(),
      at: now(),
    });
  };

  const markDeleted = (ref: ResourceRef): void => {
    const known = statements.find.get(refParams(ref));
    if (known === undefined || known.deleted_at !== null) return;
    statements.markDeleted.run({ key: known.key, version: next(), at: now() });
  };

  return (changes) => {
    for (const change of changes) {
      if (change.action === 'delete') {
        markDeleted(change.ref);
        continue;
      }
      const declared = declaredParams(change);
      const known = statements.find.get(refParams(refOf(change.resource)));
      if (known === undefined) create(change, declared);
      else update(known, change, declared);
    }
  };
}

/** What the author wrote. */
function declaredParams({ resource }: Apply): Params {
  const { labels, annotations } = resource.metadata;
  return {
    labels: toJson(labels),
    annotations: toJson(annotations),
    spec: toJson(resource.spec),
    ...factsOf(resource),
    specHash: contentHash(resource.spec),
    declaredHash: declarationHash(resource),
  };
}

/** What lists of pipelines are filtered by, in columns of their own. */
function factsOf({ kind, spec }: Apply['resource']): {
  title: string | null;
  description: string | null;
  enabled: number | null;
} {
  const facts = kind === 'Pipeline' ? (spec as SpecOf<'Pipeline'>) : {};
  return {
    title: facts.title ?? null,
    description: facts.description ?? null,
    enabled: facts.enabled === undefined ? null : Number(facts.enabled),
  };
}

function prepare(database: Database) {
  return {
    find: database.prepare<Known>(
      `SELECT key, spec_hash, declared_hash, repository_id, file, line, deleted_at FROM resources
       WHERE kind = $kind AND namespace = $namespace AND name = $name`,
    ),
    insert: database.prepare(
      `INSERT INTO resources (kind, namespace, name, id, labels, annotations, spec, title, description, enabled, spec_hash, declared_hash, generation, version,
                              change_seq, revision, repository_id, file, line, created_at, updated_at, status)
       VALUES ($kind, $namespace, $name, $id, $labels, $annotations, $spec, $title, $description, $enabled, $specHash, $declaredHash, 1, $version,
               $version, $revision, $repositoryId, $file, $line, $at, $at, '{}')`,
    ),
    update: database.prepare(
      `UPDATE resources SET labels = $labels, annotations = $annotations, spec = $spec, title = $title,
         description = $description, enabled = $enabled, spec_hash = $specHash, declared_hash = $declaredHash,
         generation = generation + $newGeneration, version = $version, change_seq = $version, revision = $revision,
         repository_id = $repositoryId, file = $file, line = $line, updated_at = $at, deleted_at = NULL
       WHERE key = $key`,
    ),
    move: database.prepare(
      `UPDATE resources SET version = $version, repository_id = $repositoryId, file = $file, line = $line
       WHERE key = $key`,
    ),
    markDeleted: database.prepare(
      `UPDATE resources SET deleted_at = $at, updated_at = $at, version = $version, change_seq = $version
       WHERE key = $key`,
    ),
  };
}
