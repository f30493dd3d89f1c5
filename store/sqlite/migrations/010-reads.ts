/**
 * What reads under load need.
 *
 * `run_totals` holds how many runs there are of each workspace, status and trigger, for each hour they were made in
 * (`created_at / 3600000`) and in all (`hour = -1`): a total over a million runs, or over a month, is read from few rows.
 * `run_counts` goes on to serve totals of one pipeline.
 */
export const reads = `
CREATE INDEX resources_version ON resources (version);

CREATE TABLE run_totals (
  hour         INTEGER NOT NULL,
  workspace    TEXT NOT NULL,
  status       TEXT NOT NULL,
  triggered_by TEXT NOT NULL,
  n            INTEGER NOT NULL,
  PRIMARY KEY (hour, workspace, status, triggered_by)
) STRICT, WITHOUT ROWID;
INSERT INTO run_totals
  SELECT created_at / 3600000, workspace, status, triggered_by, count(*) FROM runs GROUP BY 1, 2, 3, 4;
INSERT INTO run_totals SELECT -1, workspace, status, triggered_by, sum(n) FROM run_totals GROUP BY 2, 3, 4;

CREATE TRIGGER runs_total_insert AFTER INSERT ON runs BEGIN
  INSERT INTO run_totals VALUES (-1, new.workspace, new.status, new.triggered_by, 1),
    (new.created_at / 3600000, new.workspace, new.status, new.triggered_by, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER runs_total_status AFTER UPDATE OF status ON runs WHEN old.status <> new.status BEGIN
  UPDATE run_totals SET n = n - 1 WHERE hour IN (-1, old.created_at / 3600000) AND workspace = old.workspace
    AND status = old.status AND triggered_by = old.triggered_by;
  INSERT INTO run_totals VALUES (-1, new.workspace, new.status, new.triggered_by, 1),
    (new.created_at / 3600000, new.workspace, new.status, new.triggered_by, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER runs_total_delete AFTER DELETE ON runs BEGIN
  UPDATE run_totals SET n = n - 1 WHERE hour IN (-1, old.created_at / 3600000) AND workspace = old.workspace
    AND status = old.status AND triggered_by = old.triggered_by;
  DELETE FROM run_totals WHERE hour IN (-1, old.created_at / 3600000) AND workspace = old.workspace
    AND status = old.status AND triggered_by = old.triggered_by AND n = 0;
END;
`;
