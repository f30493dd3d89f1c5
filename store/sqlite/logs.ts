import {
  MAX_LOG_LINES,
  MAX_LOG_MESSAGE,
  type LogLevel,
  type LogLine,
  type Runs,
  type StoredLogLine,
} from '../ports.ts';
import type { Database } from './database.ts';

/** The message, cut to `MAX_LOG_MESSAGE` characters with a mark at its end; no character is cut in two. */
export function cutMessage(message: string): string {
  if (message.length <= MAX_LOG_MESSAGE) return message;
  const mark = ` … [cut, ${message.length} characters in all]`;
  return message.slice(0, MAX_LOG_MESSAGE - mark.length).replace(/[\uD800-\uDBFF]$/, '') + mark;
}

/** The line after the last one that is kept. */
const leftOut = (at: number): LogLine => ({
  at,
  level: 'warn',
  message: `further lines are left out: the log of a run keeps ${MAX_LOG_LINES}`,
});

export function runLogs(database: Database): Pick<Runs, 'appendLogs' | 'logs'> {
  const last = database.prepare<{ key: number; seq: number }>(
    'SELECT key, coalesce((SELECT max(seq) FROM run_logs WHERE run = key), 0) AS seq FROM runs WHERE id = $id',
  );
  const insert = database.prepare('INSERT INTO run_logs VALUES ($run, $seq, $at, $level, $message)');
  const lines = database.prepare<{ seq: number; at: number; level: LogLevel; message: string }>(
    `SELECT seq, at, level, message FROM run_logs
     WHERE run = (SELECT key FROM runs WHERE id = $id) AND seq > $after ORDER BY seq LIMIT $limit`,
  );

  return {
    appendLogs: async (id, added) => {
      if (added.length === 0) return;
      await database.write(() => {
        const run = last.get({ id });
        // A pipeline that was deleted took its runs and logs along: there is nothing to add to.
        if (run === undefined || run.seq > MAX_LOG_LINES) return;
        const room = MAX_LOG_LINES - run.seq;
        const kept = added.slice(0, room);
        const over = added[room];
        if (over !== undefined) kept.push(leftOut(over.at));
        let { seq } = run;
        for (const { at, level, message } of kept) {
          seq++;
          insert.run({ run: run.key, seq, at, level, message: cutMessage(message) });
        }
      });
    },

    logs: (id, after, limit): Promise<readonly StoredLogLine[]> =>
      database.read(() => lines.all({ id, after, limit }).map((line) => ({ ...line }))),
  };
}
