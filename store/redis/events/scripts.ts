import type { RedisConnection } from '../client.ts';
import { loadScript, type Script, type ScriptOptions } from '../script.ts';
import type { EntryReply } from './blocks.ts';

/** The scripts of the event log. What they take and answer stands at the top of each file in `../scripts/events/`. */
export interface EventScripts {
  readonly append: Script<(number | string)[]>;
  readonly acquire: Script<[epoch: number, committed: number] | null>;
  readonly renew: Script<number>;
  readonly release: Script<number>;
  readonly commit: Script<number>;
  readonly locate: Script<string | null>;
  readonly peek: Script<[id: string, first: number] | null>;
  readonly fates: Script<FatesReply>;
  readonly stats: Script<number[] | null>;
  readonly prune: Script<[removed: number, more: number]>;
  readonly cancel: Script<number>;
  readonly retried: Script<number>;
  readonly discard: Script<number>;
  readonly createReplay: Script<number>;
  readonly cancelReplay: Script<number>;
  readonly updateReplay: Script<number>;
}

export type FatesReply = [
  committed: number,
  commits: EntryReply[],
  failed: string[],
  cancelled: string[],
  retried: string[],
  resolved: string[],
];

export function eventScripts(redis: RedisConnection): EventScripts {
  const load = <Reply>(name: string, options?: ScriptOptions): Script<Reply> =>
    loadScript(redis, new URL(`../scripts/events/${name}.lua`, import.meta.url), options);
  return {
    append: load('append'),
    acquire: load('acquire'),
    renew: load('renew'),
    release: load('release'),
    commit: load('commit'),
    locate: load('locate', { reads: true }),
    peek: load('peek', { reads: true }),
    fates: load('fates', { reads: true }),
    stats: load('stats', { reads: true }),
    prune: load('prune'),
    cancel: load('cancel'),
    retried: load('retried'),
    discard: load('discard'),
    createReplay: load('create-replay'),
    cancelReplay: load('cancel-replay'),
    updateReplay: load('update-replay'),
  };
}
