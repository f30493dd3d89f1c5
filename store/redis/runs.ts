import type { Runs } from '../ports.ts';
import { watchChanges } from './changes.ts';
import type { RedisConnection } from './client.ts';
import { runLogs } from './logs.ts';
import { runExecution } from './run-execution.ts';
import { runQueries } from './run-queries.ts';
import { runRetention } from './run-retention.ts';
import { runWishes } from './run-wishes.ts';

export function redisRuns(redis: RedisConnection): Runs {
  return {
    ...runWishes(redis),
    ...runExecution(redis),
    ...runQueries(redis),
    ...runLogs(redis),
    ...runRetention(redis),
    watch: (listener, { progress = true } = {}) =>
      watchChanges(
        redis,
        redis.keys.channel('changed:runs'),
        listener,
        (message) => progress || message !== 'progress',
      ),
  };
}
