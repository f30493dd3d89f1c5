/**
 * Runs with their logs, incremental state and schedule cursors.
 *
 * `run_counts` is kept by triggers, so that a total over a million runs is read from a few thousand rows.
 */
export const runs = `
CREATE TABLE runs (
  key                 INTEGER PRIMARY KEY,
  id                  TEXT NOT NULL UNIQUE,
  workspace           TEXT NOT NULL,
  pipeline            TEXT NOT NULL,
  pipeline_id         TEXT NOT NULL,
  triggered_by        TEXT NOT NULL,
  actor               TEXT,
  scheduled_for       INTEGER,
  full_refresh        INTEGER NOT NULL,
  dry_run             INTEGER NOT NULL,
  variables           TEXT NOT NULL,
  created_at          INTEGER NOT NULL,
  status              TEXT NOT NULL DEFAULT 'pending',
  revision            TEXT,
  generation          INTEGER,
  attempt             INTEGER NOT NULL DEFAULT 0,
  not_before          INTEGER NOT NULL,
  started_at          INTEGER,
  finished_at         INTEGER,
  progress            TEXT,
  rows_loaded         INTEGER,
  output_file         TEXT,
  output_file_size    INTEGER,
  preview             TEXT,
  error               TEXT,
  runner              TEXT,
  lease_until         INTEGER,
  cancel_requested_at INTEGER,
  cancel_requested_by TEXT
) STRICT;
CREATE INDEX runs_created ON runs (created_at, id);
CREATE INDEX runs_workspace ON runs (workspace, created_at, id);
CREATE INDEX runs_workspace_status ON runs (workspace, status, created_at, id);
CREATE INDEX runs_status ON runs (status, created_at, id);
CREATE INDEX runs_workspace_trigger ON runs (workspace, triggered_by, created_at, id);
CREATE INDEX runs_trigger ON runs (triggered_by, created_at, id);
CREATE INDEX runs_pipeline ON runs (pipeline_id, created_at, id);

CREATE TABLE run_counts (
  pipeline_id  TEXT NOT NULL,
  status       TEXT NOT NULL,
  triggered_by TEXT NOT NULL,
  workspace    TEXT NOT NULL,
  n            INTEGER NOT NULL,
  PRIMARY KEY (pipeline_id, status, triggered_by, workspace)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER runs_count_insert AFTER INSERT ON runs BEGIN
  INSERT INTO run_counts VALUES (new.pipeline_id, new.status, new.triggered_by, new.workspace, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER runs_count_status AFTER UPDATE OF status ON runs WHEN old.status <> new.status BEGIN
  UPDATE run_counts SET n = n - 1 WHERE pipeline_id = old.pipeline_id AND status = old.status
    AND triggered_by = old.triggered_by AND workspace = old.workspace;
  INSERT INTO run_counts VALUES (new.pipeline_id, new.status, new.triggered_by, new.workspace, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER runs_count_delete AFTER DELETE ON runs BEGIN
  UPDATE run_counts SET n = n - 1 WHERE pipeline_id = old.pipeline_id AND status = old.status
    AND triggered_by = old.triggered_by AND workspace = old.workspace;
  DELETE FROM run_counts WHERE pipeline_id = old.pipeline_id AND n = 0;
END;

CREATE TABLE run_logs (
  run     INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
  seq     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  level   TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE incremental_state (
  pipeline_id TEXT NOT NULL,
  source      TEXT NOT NULL,
  cursor      TEXT NOT NULL,
  value       TEXT NOT NULL,
  type        TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule_cursors (
  pipeline_id TEXT PRIMARY KEY,
  cursor      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
