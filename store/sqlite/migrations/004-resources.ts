/**
 * Declared resources of a standalone installation, and the parsed files of repositories.
 *
 * `spec_hash` decides about a new generation, `declared_hash` (spec, labels, annotations) about a change at all.
 * `version` and `change_seq` are drawn from one growing sequence: `version` at every write, `change_seq` at those that
 * watchers are told of. `removed_resources` keeps the `change_seq` of a removal, for watchers in other processes.
 */
export const resources = `
CREATE TABLE resources (
  key              INTEGER PRIMARY KEY,
  kind             TEXT NOT NULL,
  namespace        TEXT NOT NULL,
  name             TEXT NOT NULL,
  id               TEXT NOT NULL UNIQUE,
  labels           TEXT,
  annotations      TEXT,
  live_annotations TEXT,
  spec             TEXT NOT NULL,
  spec_hash        TEXT NOT NULL,
  declared_hash    TEXT NOT NULL,
  generation       INTEGER NOT NULL,
  version          INTEGER NOT NULL,
  change_seq       INTEGER NOT NULL,
  revision         TEXT NOT NULL,
  repository_id    TEXT,
  file             TEXT,
  line             INTEGER,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  deleted_at       INTEGER,
  status           TEXT NOT NULL,
  UNIQUE (kind, namespace, name)
) STRICT;
CREATE INDEX resources_repository ON resources (repository_id, kind, namespace, name);
CREATE INDEX resources_change ON resources (change_seq);

CREATE TABLE removed_resources (
  kind       TEXT NOT NULL,
  namespace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  change_seq INTEGER NOT NULL,
  removed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, namespace, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_resources_change ON removed_resources (change_seq);
CREATE INDEX removed_resources_time ON removed_resources (removed_at);

CREATE TABLE resource_sequence (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO resource_sequence VALUES (1, 0);

CREATE TABLE repo_files (
  key           INTEGER PRIMARY KEY,
  repository_id TEXT NOT NULL,
  path          TEXT NOT NULL,
  blob          TEXT NOT NULL,
  result        TEXT NOT NULL,
  UNIQUE (repository_id, path)
) STRICT;
`;
