import type { Runs } from '../ports.ts';
import type { Database } from './database.ts';
import { runLogs } from './logs.ts';
import { runExecution } from './run-execution.ts';
import { runQueries } from './run-queries.ts';
import { runRetention } from './run-retention.ts';
import { runWishes } from './run-wishes.ts';

export function sqliteRuns(database: Database): Runs {
  return {
    ...runWishes(database),
    ...runExecution(database),
    ...runQueries(database),
    ...runLogs(database),
    ...runRetention(database),
    watch: (listener) => database.changes.subscribe(listener),
  };
}
