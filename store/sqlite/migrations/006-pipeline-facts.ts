/**
 * What lists of pipelines are filtered by, computed from the JSON of each row and kept in an index of its own: a filter over
 * ten thousand pipelines reads that index and parses nothing. Damaged JSON counts as null here; whoever reads the
 * resource itself is told of it.
 */
const FACTS = {
  title: ['TEXT', 'spec', '$.title'],
  description: ['TEXT', 'spec', '$.description'],
  enabled: ['INTEGER', 'spec', '$.enabled'],
  domain: ['TEXT', 'labels', '$."headgate.dev/domain"'],
  phase: ['TEXT', 'status', '$.phase'],
  paused_live: ['TEXT', 'live_annotations', '$."headgate.dev/paused"'],
  paused_declared: ['TEXT', 'annotations', '$."headgate.dev/paused"'],
} as const;

const columns = Object.entries(FACTS).map(
  ([name, [type, json, path]]) =>
    `ALTER TABLE resources ADD COLUMN ${name} ${type}
       GENERATED ALWAYS AS (CASE WHEN json_valid(${json}) THEN json_extract(${json}, '${path}') END) VIRTUAL;`,
);

export const pipelineFacts = `
${columns.join('\n')}
CREATE INDEX resources_pipeline_facts ON resources
  (namespace, name, id, deleted_at, ${Object.keys(FACTS).join(', ')})
  WHERE kind = 'Pipeline';
`;
