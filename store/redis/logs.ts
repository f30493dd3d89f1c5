import { MAX_LOG_LINES, type LogLine, type Runs, type StoredLogLine } from '../ports.ts';
import { cutMessage } from '../sqlite/logs.ts';
import type { RedisConnection } from './client.ts';
import { fromJson } from './json.ts';
import { loadScript } from './script.ts';

/** Lines of one reply. */
const LINES_AT_ONCE = 5000;
/** Characters of lines that one script appends, about: more in one call would hold up everybody else. */
const MAX_APPEND = 16 * 1024 * 1024;

/** The line after the last one that is kept. */
const leftOut = (at: number): LogLine => ({
  at,
  level: 'warn',
  message: `further lines are left out: the log of a run keeps ${MAX_LOG_LINES}`,
});

export function runLogs(redis: RedisConnection): Pick<Runs, 'appendLogs' | 'logs'> {
  const { keys } = redis;
  const append = loadScript<number>(redis, new URL('scripts/run-log.lua', import.meta.url));
  const channel = keys.channel('changed:runs');

  return {
    appendLogs: async (id, added) => {
      // One line past the limit makes the script say that lines are missing.
      const lines = added.slice(0, MAX_LOG_LINES + 1);
      for (let from = 0; from < lines.length;) {
        const texts: string[] = [];
        for (let size = 0; size < MAX_APPEND && from < lines.length; from++) {
          const { at, level, message } = lines[from]!;
          const text = JSON.stringify([at, level, cutMessage(message)]);
          texts.push(text);
          size += text.length;
        }
        const { at, level, message } = leftOut(lines[from - 1]!.at);
        const last = JSON.stringify([at, level, message]);
        await append([keys.run(id), keys.log(id)], [channel, MAX_LOG_LINES, last, ...texts]);
      }
    },

    logs: async (id, after, limit) => {
      const lines: StoredLogLine[] = [];
      while (lines.length < limit) {
        const first = Math.max(0, after) + lines.length;
        const count = Math.min(LINES_AT_ONCE, limit - lines.length);
        const texts = await redis.read((client) =>
          client.lrange(keys.log(id), String(first), String(first + count - 1)),
        );
        texts.forEach((text, n) => {
          const [at, level, message] = fromJson(text, redis.shown) as [number, StoredLogLine['level'], string];
          lines.push({ seq: first + n + 1, at, level, message });
        });
        if (texts.length < count) break;
      }
      return lines;
    },
  };
}
