import { describe, expect, test } from 'vitest';
import { MAX_LOG_LINES, MAX_LOG_MESSAGE, type LogLine } from '../ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0, newRun } from './samples.ts';

const line = (n: number, message = `line ${n}`): LogLine => ({ at: T0 + n, level: 'info', message });

/** Logs of runs and their limits. */
export function logsSuite(fresh: NewStore): void {
  describe('logs', () => {
    const under = storeForEachTest(fresh);

    test('lines come back in order, and from any point on', async () => {
      const { runs } = await under.open();
      await runs.create(newRun({ id: 'run_1' }));
      await runs.create(newRun({ id: 'run_2' }));
      await runs.appendLogs('run_1', [line(1), line(2)]);
      await runs.appendLogs('run_2', [line(9)]);
      await runs.appendLogs('run_1', []);
      await runs.appendLogs('run_1', [{ at: T0, level: 'error', message: 'ünïcödé\n\0 and a second line' }]);
      const lines = await runs.logs('run_1', 0, 100);
      expect(lines.map(({ message }) => message)).toEqual(['line 1', 'line 2', 'ünïcödé\n\0 and a second line']);
      expect(lines[2]).toMatchObject({ at: T0, level: 'error' });
      expect(await runs.logs('run_1', 0, 2)).toEqual(lines.slice(0, 2));
      expect(await runs.logs('run_1', lines[0]!.seq, 100)).toEqual(lines.slice(1));
      expect(await runs.logs('run_1', lines[2]!.seq, 100)).toEqual([]);
    });

    test('a long message is cut with a mark, between characters', async () => {
      const { runs } = await under.open();
      await runs.create(newRun({ id: 'run_1' }));
      const long = `x${'😀'.repeat(MAX_LOG_MESSAGE)}`;
      await runs.appendLogs('run_1', [line(1, 'x'.repeat(MAX_LOG_MESSAGE)), line(2, long), line(3, long.slice(1))]);
      const [whole, ...cut] = await runs.logs('run_1', 0, 10);
      expect(whole!.message).toBe('x'.repeat(MAX_LOG_MESSAGE));
      for (const { message } of cut) {
        expect(message.length).toBeLessThanOrEqual(MAX_LOG_MESSAGE);
        expect(message.length).toBeGreaterThan(MAX_LOG_MESSAGE - 60);
        expect(message).toMatch(/^x?(😀)+ … \[cut, 3276[89] characters in all\]$/u);
        expect(message.isWellFormed()).toBe(true);
      }
    });

    test('past the limit one line says that lines are missing', async () => {
      const { runs } = await under.open();
      await runs.create(newRun({ id: 'run_1' }));
      const lines = Array.from({ length: MAX_LOG_LINES - 1 }, (_, n) => line(n));
      await runs.appendLogs('run_1', lines);
      await runs.appendLogs('run_1', [line(1, 'the last one that fits')]);
      const full = await runs.logs('run_1', 0, MAX_LOG_LINES * 2);
      expect(full).toHaveLength(MAX_LOG_LINES);
      expect(full.at(-1)!.message).toBe('the last one that fits');

      await runs.appendLogs('run_1', [line(1, 'too many'), line(2, 'too many')]);
      await runs.appendLogs('run_1', [line(3, 'too many')]);
      const rest = await runs.logs('run_1', full.at(-1)!.seq, 10);
      expect(rest).toHaveLength(1);
      expect(rest[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('left out') as string });
    });

    test('one batch may pass the limit', async () => {
      const { runs } = await under.open();
      await runs.create(newRun({ id: 'run_1' }));
      await runs.appendLogs(
        'run_1',
        Array.from({ length: MAX_LOG_LINES + 500 }, (_, n) => line(n)),
      );
      const lines = await runs.logs('run_1', 0, MAX_LOG_LINES * 2);
      expect(lines).toHaveLength(MAX_LOG_LINES + 1);
      expect(lines.at(-1)!.message).toContain('left out');
      expect(lines.at(-2)!.message).toBe(`line ${MAX_LOG_LINES - 1}`);
    });

    test('lines of a run that is gone are dropped', async () => {
      const { runs } = await under.open();
      await runs.appendLogs('run_none', [line(1)]);
      expect(await runs.logs('run_none', 0, 10)).toEqual([]);
    });
  });
}
