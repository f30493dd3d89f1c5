/**
 * The keys of the store. All begin with the prefix of the URL (`headgate`), and those that one script touches share a hash
 * tag, the part in braces, so that Redis Cluster keeps them on one node. `<…>` is put in as it is.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `{runs}:run:<id>` | hash | one run: a field for each of `RunRecord` that is not null |
 * | `{runs}:log:<id>` | list | its log lines as JSON, `seq` is the place from 1 |
 * | `{runs}:all` | zset | ids of all runs, by the time they were created |
 * | `{runs}:by:<status>:<trigger>` | zset | as `all`, of one status and trigger |
 * | `{runs}:workspace:<status>:<trigger>:<workspace>` | zset | as `all`, of one status, trigger and workspace |
 * | `{runs}:pipeline:<pipeline id>` | zset | as `all`, of one pipeline |
 * | `{runs}:pipeline-in:<status>:<pipeline id>` | zset | as `all`, of one status and pipeline |
 * | `{runs}:state:<pipeline id>` | hash | incremental state: source to JSON |
 * | `{runs}:cursors` | hash | schedule cursors: pipeline id to epoch milliseconds |
 * | `{syncs}:sync:<id>` | string | one sync record as JSON |
 * | `{syncs}:repository:<repository id>` | zset | ids of its syncs, by the time they started |
 * | `{syncs}:wishes` | zset | ids of sync requests that wait, by the time they were made |
 * | `{syncs}:wish` | hash | those requests as JSON, by id |
 * | `{tokens}:token` | hash | tokens as JSON, by id, without the two times below |
 * | `{tokens}:hash` | hash | id of a token by its hash |
 * | `{tokens}:used` | hash | last use of a token, by id |
 * | `{tokens}:revoked` | hash | when a token was revoked, by id |
 * | `{answers}:of:<owner>:<key>` | hash | an idempotency key: `request`, `holder`, `until`, `answer` |
 * | `{answers}:owner:<owner>` | zset | keys of an owner, by when they run out |
 * | `{answers}:all` | zset | owner and key as JSON, by when they run out |
 * | `{audit}:record` | hash | who changed what, as JSON, by id |
 * | `{audit}:end` | hash | how it ended, as JSON, by id |
 * | `{audit}:all`, `{audit}:refused`, `{audit}:others` | zset | ids of all, of those that were refused, of the others, by time |
 * | `{secrets}:secret` | hash | secrets as JSON with sealed values, by `<workspace>/<name>` |
 * | `{secrets}:version` | hash | their versions, by the same |
 * | `{secrets}:sealing-key` | string | id of the key that secrets are sealed with |
 * | `{blobs}:blob:<name>` | hash | a blob: `until`, `size`, `bytes`, or for a large one `parts` |
 * | `{blobs}:names` | zset | names of all blobs, all with score 0 |
 * | `{blobs}:until` | zset | names of all blobs, by when they run out |
 * | `{blob:<parts>}:<n>` | string | one part of a large blob; `<parts>` is unique for each `put` |
 * | `{lock:<name>}` | hash | `holder` and `until` of a lease |
 * | `{schema}` | string | the form in which all of this is written |
 * | `{check}` | string | the last time the store was checked |
 * | `{<pipeline id>}:…` | | the event log of a pipeline: see `events/` |
 *
 * Channels: `<prefix>:changed:runs` (the message is `progress` where the state of the run is the same),
 * `<prefix>:changed:syncs`, `<prefix>:changed:secrets`, `<prefix>:changed:blobs` (the message is the name), and those of `events/`.
 *
 * Equal scores of a sorted set are in the order of their members: that gives (time, id), which pages need.
 */
export interface RedisKeys {
  readonly prefix: string;
  /** `<prefix>:{<tag>}:<rest>`. */
  readonly tagged: (tag: string, rest: string) => string;
  /** A channel of `PUBLISH`. */
  readonly channel: (name: string) => string;
  readonly run: (id: string) => string;
  readonly log: (id: string) => string;
  readonly allRuns: string;
  readonly cursors: string;
  readonly byStatus: (status: string, trigger: string) => string;
  readonly inWorkspace: (status: string, trigger: string, workspace: string) => string;
  readonly ofPipeline: (pipelineId: string) => string;
  readonly ofPipelineIn: (status: string, pipelineId: string) => string;
  readonly state: (pipelineId: string) => string;
  readonly sync: (id: string) => string;
  readonly syncsOf: (repositoryId: string) => string;
  readonly wishOrder: string;
  readonly wishes: string;
  readonly tokens: string;
  readonly tokenHashes: string;
  readonly tokenUses: string;
  readonly tokenRevocations: string;
  readonly answer: (owner: string, key: string) => string;
  readonly answersOf: (owner: string) => string;
  readonly allAnswers: string;
  readonly auditRecords: string;
  readonly auditEnds: string;
  readonly auditAll: string;
  readonly auditRefused: string;
  readonly auditOthers: string;
  readonly secrets: string;
  readonly secretVersions: string;
  readonly sealingKey: string;
  readonly blob: (name: string) => string;
  readonly blobNames: string;
  readonly blobTimes: string;
  readonly blobPart: (parts: string, n: number) => string;
  readonly lock: (name: string) => string;
  readonly schema: string;
  readonly check: string;
}

export function redisKeys(prefix: string): RedisKeys {
  const tagged = (tag: string, rest: string): string => `${prefix}:{${tag}}:${rest}`;
  const runs = (rest: string): string => tagged('runs', rest);
  return {
    prefix,
    tagged,
    channel: (name) => `${prefix}:${name}`,
    run: (id) => runs(`run:${id}`),
    log: (id) => runs(`log:${id}`),
    allRuns: runs('all'),
    cursors: runs('cursors'),
    byStatus: (status, trigger) => runs(`by:${status}:${trigger}`),
    inWorkspace: (status, trigger, workspace) => runs(`workspace:${status}:${trigger}:${workspace}`),
    ofPipeline: (pipelineId) => runs(`pipeline:${pipelineId}`),
    ofPipelineIn: (status, pipelineId) => runs(`pipeline-in:${status}:${pipelineId}`),
    state: (pipelineId) => runs(`state:${pipelineId}`),
    sync: (id) => tagged('syncs', `sync:${id}`),
    syncsOf: (repositoryId) => tagged('syncs', `repository:${repositoryId}`),
    wishOrder: tagged('syncs', 'wishes'),
    wishes: tagged('syncs', 'wish'),
    tokens: tagged('tokens', 'token'),
    tokenHashes: tagged('tokens', 'hash'),
    tokenUses: tagged('tokens', 'used'),
    tokenRevocations: tagged('tokens', 'revoked'),
    answer: (owner, key) => tagged('answers', `of:${owner}:${key}`),
    answersOf: (owner) => tagged('answers', `owner:${owner}`),
    allAnswers: tagged('answers', 'all'),
    auditRecords: tagged('audit', 'record'),
    auditEnds: tagged('audit', 'end'),
    auditAll: tagged('audit', 'all'),
    auditRefused: tagged('audit', 'refused'),
    auditOthers: tagged('audit', 'others'),
    secrets: tagged('secrets', 'secret'),
    secretVersions: tagged('secrets', 'version'),
    sealingKey: tagged('secrets', 'sealing-key'),
    blob: (name) => tagged('blobs', `blob:${name}`),
    blobNames: tagged('blobs', 'names'),
    blobTimes: tagged('blobs', 'until'),
    blobPart: (parts, n) => tagged(`blob:${parts}`, String(n)),
    lock: (name) => `${prefix}:{lock:${name}}`,
    schema: `${prefix}:{schema}`,
    check: `${prefix}:{check}`,
  };
}
