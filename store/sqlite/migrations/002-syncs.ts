/** Sync records, and the wishes that a repository be looked at. */
export const syncs = `
CREATE TABLE syncs (
  key                INTEGER PRIMARY KEY,
  id                 TEXT NOT NULL UNIQUE,
  repository_id      TEXT NOT NULL,
  started_at         INTEGER NOT NULL,
  finished_at        INTEGER NOT NULL,
  status             TEXT NOT NULL,
  triggered_by       TEXT NOT NULL,
  attempted_revision TEXT,
  applied_revision   TEXT,
  author             TEXT,
  subject            TEXT,
  changes            TEXT NOT NULL,
  change_count       INTEGER NOT NULL,
  errors             TEXT NOT NULL
) STRICT;
CREATE INDEX syncs_repository ON syncs (repository_id, started_at, id);

CREATE TABLE sync_requests (
  id            TEXT PRIMARY KEY,
  repository_id TEXT NOT NULL,
  requested_by  TEXT NOT NULL,
  allow_prune   INTEGER NOT NULL,
  plan_hash     TEXT,
  requested_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
