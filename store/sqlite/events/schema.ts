import type { Schema } from '../migrate.ts';

/** Events in blocks (`store/event-block.ts`), and idempotency keys. Mark: "HGev". */
const log = `
CREATE TABLE pipelines (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  id       TEXT NOT NULL UNIQUE,
  tag      INTEGER NOT NULL,
  next     INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE INDEX pipelines_tag ON pipelines (tag);

-- Ids grow in the order of the commits. position: bytes of all blocks of the pipeline before this one.
CREATE TABLE blocks (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline    INTEGER NOT NULL,
  first       INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  types       TEXT,
  lengths     TEXT NOT NULL,
  data        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX blocks_offset ON blocks (pipeline, first);
CREATE INDEX blocks_time ON blocks (pipeline, received_at, first);

CREATE TABLE keys (
  pipeline    INTEGER NOT NULL,
  hash        BLOB NOT NULL,
  content     BLOB NOT NULL,
  offset      INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (pipeline, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_time ON keys (received_at);

CREATE TABLE store_check (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT;
INSERT INTO store_check VALUES (1, 0);
`;

/** How far each pipeline is delivered, and what is not the normal fate of an event. Mark: "HGdl". */
const delivery = `
CREATE TABLE epochs (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT;
INSERT INTO epochs VALUES (1, 0);

-- widest: of the attempts that are kept, the most events that one had.
CREATE TABLE readers (
  pipeline     TEXT PRIMARY KEY,
  epoch        INTEGER NOT NULL,
  holder       TEXT,
  lease_until  INTEGER NOT NULL,
  committed    INTEGER NOT NULL DEFAULT 0,
  committed_at INTEGER,
  widest       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE commits (
  pipeline TEXT NOT NULL,
  upto     INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  revision TEXT NOT NULL,
  PRIMARY KEY (pipeline, upto)
) STRICT, WITHOUT ROWID;

-- A row without status is of an event with the normal fate that was tried again.
CREATE TABLE fates (
  pipeline     TEXT NOT NULL,
  offset       INTEGER NOT NULL,
  status       TEXT CHECK (status IN ('failed', 'cancelled')),
  at           INTEGER,
  attempts     INTEGER,
  error        TEXT,
  cancelled_by TEXT,
  retried_by   TEXT,
  resolved_at  INTEGER,
  PRIMARY KEY (pipeline, offset)
) STRICT, WITHOUT ROWID;
CREATE INDEX fates_status ON fates (pipeline, status, offset);
CREATE INDEX fates_unresolved ON fates (pipeline, offset) WHERE status = 'failed' AND resolved_at IS NULL;

-- Unresolved ones, counted as they come and go.
CREATE TABLE dead_letters (pipeline TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER dead_letters_insert AFTER INSERT ON fates WHEN new.status IS 'failed' AND new.resolved_at IS NULL BEGIN
  INSERT INTO dead_letters VALUES (new.pipeline, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER dead_letters_delete AFTER DELETE ON fates WHEN old.status IS 'failed' AND old.resolved_at IS NULL BEGIN
  UPDATE dead_letters SET n = n - 1 WHERE pipeline = old.pipeline;
END;
CREATE TRIGGER dead_letters_update AFTER UPDATE OF status, resolved_at ON fates BEGIN
  UPDATE dead_letters SET n = n - 1
    WHERE pipeline = old.pipeline AND old.status IS 'failed' AND old.resolved_at IS NULL;
  INSERT INTO dead_letters SELECT new.pipeline, 1 WHERE new.status IS 'failed' AND new.resolved_at IS NULL
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TABLE attempts (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline   TEXT NOT NULL,
  from_      INTEGER NOT NULL,
  to_        INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  document   TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_offset ON attempts (pipeline, from_, to_);

CREATE TABLE replays (
  id                TEXT PRIMARY KEY,
  pipeline          TEXT NOT NULL,
  status            TEXT NOT NULL,
  created_at        INTEGER NOT NULL,
  finished_at       INTEGER,
  document          TEXT NOT NULL,
  total             INTEGER,
  processed         INTEGER NOT NULL DEFAULT 0,
  delivered         INTEGER NOT NULL DEFAULT 0,
  failed            INTEGER NOT NULL DEFAULT 0,
  position          INTEGER NOT NULL DEFAULT 0,
  started_at        INTEGER,
  cancel_at         INTEGER,
  cancel_by         TEXT,
  error             TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_pipeline ON replays (pipeline, created_at, id);
CREATE INDEX replays_open ON replays (pipeline, created_at, id) WHERE status IN ('pending', 'running');
CREATE INDEX replays_finished ON replays (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE store_check (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT;
INSERT INTO store_check VALUES (1, 0);
`;

export const LOG_SCHEMA: Schema = { applicationId: 0x48476576, migrations: [log] };
export const DELIVERY_SCHEMA: Schema = { applicationId: 0x4847646c, migrations: [delivery] };
