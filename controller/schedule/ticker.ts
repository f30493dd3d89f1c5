import { createTask, type ScheduledTask } from 'node-cron';
import type { Clock } from '../../foundation/time.ts';
import { DueTimes } from '../reconcile/due-times.ts';

/** Tells when the next occurrence of something has come, to the second. Ticks are node-cron's. */
export class Ticker {
  readonly #due = new DueTimes();
  readonly #task: ScheduledTask;

  constructor(onDue: (key: string) => void, clock: Clock) {
    this.#task = createTask('* * * * * *', () => this.#due.takeDue(clock()).forEach(onDue), {
      name: 'headgate-schedule',
      // A tick that comes late finds everything that is due; none is needed twice.
      suppressMissedWarning: true,
      unref: true,
    });
    void this.#task.start();
  }

  /** Calls `onDue` with the key at or soon after `at` (epoch milliseconds), instead of any time it was set to before. */
  set(key: string, at: number | null): void {
    this.#due.delete(key);
    if (at !== null) this.#due.set(key, at);
  }

  async close(): Promise<void> {
    await this.#task.destroy();
  }
}
