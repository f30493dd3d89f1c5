/** Bytes that processes hand each other, and a counter of what changed among them. */
export const blobs = `
CREATE TABLE blobs (
  name       TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  bytes      BLOB NOT NULL
) STRICT;
CREATE INDEX blobs_expires ON blobs (expires_at);

CREATE TABLE blob_changes (n INTEGER NOT NULL) STRICT;
INSERT INTO blob_changes VALUES (0);
`;
