/** Answers kept for idempotency keys, the record of changes, and tokens that are for one connection. */
export const answersAudit = `
CREATE TABLE answers (
  owner   TEXT NOT NULL,
  key     TEXT NOT NULL,
  request TEXT NOT NULL,
  holder  TEXT NOT NULL,
  until   INTEGER NOT NULL,
  answer  TEXT,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_owner ON answers (owner, until);
CREATE INDEX answers_until ON answers (until);

CREATE TABLE audit (
  id         TEXT PRIMARY KEY,
  at         INTEGER NOT NULL,
  via        TEXT NOT NULL,
  actor_id   TEXT,
  actor      TEXT NOT NULL,
  request_id TEXT,
  action     TEXT NOT NULL,
  address    TEXT,
  outcome    TEXT NOT NULL,
  status     INTEGER,
  code       TEXT,
  resource   TEXT,
  workspace  TEXT,
  revision   TEXT,
  branch     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_refused ON audit (at, id) WHERE outcome = 'refused';
CREATE INDEX audit_others ON audit (at, id) WHERE outcome <> 'refused';
CREATE INDEX audit_workspace ON audit (workspace, at, id);

ALTER TABLE tokens ADD COLUMN integration_id TEXT;
`;
