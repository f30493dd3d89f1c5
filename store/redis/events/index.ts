/**
 * The event log on Redis Streams: one stream for each pipeline (`keys.ts`), and one script for each change (`../scripts/events/`),
 * so that all of a change is stored or nothing. Nothing is acknowledged that Redis did not answer; with `appendfsync always` it
 * answers what is on its disk.
 */
import type { EventLog } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { groupWriter } from './append-group.ts';
import { appendQueue } from './append.ts';
import { eventChanges } from './changes.ts';
import { control } from './control.ts';
import { delivery } from './delivery.ts';
import { findEvent } from './find.ts';
import { eventList } from './list.ts';
import { logEntries, logReading } from './read.ts';
import { withFates } from './records.ts';
import { replays } from './replays.ts';
import { retention } from './retention.ts';
import { eventScripts } from './scripts.ts';
import { eventTail } from './tail.ts';

/** The event log in a Redis or Redis Cluster. It ends with the connection. */
export function redisEvents(redis: RedisConnection): EventLog {
  const scripts = eventScripts(redis);
  const changes = eventChanges(redis);
  const entries = logEntries(redis, scripts);
  const reading = logReading(redis, entries);
  const find = findEvent(redis, entries);
  const fates = withFates(redis, scripts);
  return {
    append: appendQueue(groupWriter(redis, scripts, changes), redis.shown),
    read: reading.read,
    watch: changes.watch,
    ...delivery(redis, scripts, reading),
    ...control({ redis, scripts, changes, find, withFates: fates }),
    ...replays(redis, scripts, changes),
    ...retention(redis, scripts, reading),
    list: eventList(redis, entries, fates),
    tail: eventTail(redis, entries, find, fates),
  };
}
