/**
 * Secrets, whose values are sealed, and in `sealing` the key that everything new is sealed with, secrets and configuration.
 * `changes` counts what watchers are told of.
 *
 * Specifications are sealed as well, so that what lists are filtered by of them has columns of its own.
 */
const FACTS = ['title', 'description', 'enabled', 'domain', 'phase', 'paused_live', 'paused_declared'];
const OF_SPEC = { title: 'TEXT', description: 'TEXT', enabled: 'INTEGER' } as const;

const plain = Object.entries(OF_SPEC).map(
  ([name, type]) => `
ALTER TABLE resources DROP COLUMN ${name};
ALTER TABLE resources ADD COLUMN ${name} ${type};
UPDATE resources SET ${name} = CASE WHEN json_valid(spec) THEN json_extract(spec, '$.${name}') END;`,
);

export const secrets = `
CREATE TABLE secrets (
  workspace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  version    TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  entries    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sealing (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  key_id  TEXT,
  changes INTEGER NOT NULL
) STRICT;
INSERT INTO sealing VALUES (1, NULL, 0);

DROP INDEX resources_pipeline_facts;
${plain.join('')}
CREATE INDEX resources_pipeline_facts ON resources
  (namespace, name, id, deleted_at, ${FACTS.join(', ')})
  WHERE kind = 'Pipeline';
`;
