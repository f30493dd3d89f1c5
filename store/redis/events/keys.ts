import type { RedisKeys } from '../keys.ts';

/**
 * The keys of one pipeline's event log. All have the hash tag `{<pipeline id>}`, so that Redis Cluster keeps them on one node.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `log` | stream | blocks of events (`../../event-block.ts`), one an entry; the id is `<receivedAt>-<offset of its last event>` |
 * | `state` | hash | `next`, `last` (time), `total` (bytes ever), `oldest`, `trimmed` (bytes removed), `committed`, `committedAt`; `epoch`, `holder`, `until` of the lease; `born`: tells this log from a deleted one of the same name; `unmarked`, `unmarkedBytes`: since the last mark; `widest`: events of the widest attempt |
 * | `marks` | zset | ids of some entries of the log, by their first offset: where to look for an offset |
 * | `keys:<n>` | hash | a bucket of idempotency keys, those of the six hours from `n` × six hours on: `<born> <receivedAt> <offset> <hash of the event>` |
 * | `keys` | zset | numbers of the buckets that there are |
 * | `commits` | stream | time and revision of each commit; the id is `<committed offset>-0` |
 * | `failed`, `cancelled`, `retried` | zset | JSON records by offset, one an offset |
 * | `dead` | zset | offsets of dead letters that are not resolved |
 * | `resolved` | zset | `<offset> <time>` by offset |
 * | `attempts` | zset | JSON of `DeliveryAttempt` by `to` |
 * | `replays`, `replays:open` | zset | ids of replays by the time they were created |
 * | `replay:<id>` | hash | `wish`, `progress`, `error` as JSON, `status` and times |
 *
 * The fields of an entry are, in this order: `f` first offset, `n` events, `c` bytes of all blocks before it, `b` its bytes,
 * `y` types, `l` lengths, `d` the block.
 */
export interface LogKeys {
  readonly log: string;
  readonly state: string;
  readonly marks: string;
  readonly commits: string;
  readonly failed: string;
  readonly dead: string;
  readonly resolved: string;
  readonly cancelled: string;
  readonly retried: string;
  readonly attempts: string;
  readonly replays: string;
  readonly openReplays: string;
  /** The sorted sets by offset of which an event is in one or more. */
  readonly fates: readonly string[];
  readonly replay: (id: string) => string;
  readonly buckets: string;
  readonly bucket: (number: number) => string;
}

export function logKeys(keys: RedisKeys, pipelineId: string): LogKeys {
  const own = (name: string): string => keys.tagged(pipelineId, name);
  const fates = ['failed', 'dead', 'resolved', 'cancelled', 'retried'].map(own);
  return {
    log: own('log'),
    state: own('state'),
    marks: own('marks'),
    commits: own('commits'),
    failed: own('failed'),
    dead: own('dead'),
    resolved: own('resolved'),
    cancelled: own('cancelled'),
    retried: own('retried'),
    attempts: own('attempts'),
    replays: own('replays'),
    openReplays: own('replays:open'),
    fates,
    replay: (id) => own(`replay:${id}`),
    buckets: own('keys'),
    bucket: (number) => own(`keys:${number}`),
  };
}

/**
 * Two keys over all pipelines: the set of pipelines that have a log, and which pipeline a replay belongs to. They cannot be
 * written in the script that changes a log, since they are on another node of a cluster. They are written before it, so that
 * nothing is ever there that they do not know; what they know and is not there any more does no harm.
 */
export const indexKeys = (keys: RedisKeys): { readonly pipelines: string; readonly replays: string } => ({
  pipelines: keys.tagged('events', 'pipelines'),
  replays: keys.tagged('events', 'replays'),
});

/** The consumer group of every log. Its consumers are the holders of leases. */
export const GROUP = 'headgate';
