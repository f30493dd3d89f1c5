/** The log of a run: buffered, redacted, written to the store in batches. */
import { messageOf } from '../../foundation/errors.ts';
import type { Clock } from '../../foundation/time.ts';
import type { LogLevel, LogLine, Runs } from '../../store/ports.ts';
import type { Redactor } from '../redactor.ts';

const FLUSH_MS = 500;
/** Lines held while the store cannot take them. */
const MAX_BUFFER = 10_000;

export class RunLog {
  readonly #runs: Pick<Runs, 'appendLogs'>;
  readonly #runId: string;
  readonly #redactor: Redactor;
  readonly #now: Clock;
  #buffer: LogLine[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(runs: Pick<Runs, 'appendLogs'>, runId: string, redactor: Redactor, now: Clock) {
    this.#runs = runs;
    this.#runId = runId;
    this.#redactor = redactor;
    this.#now = now;
  }

  readonly write = (level: LogLevel, message: string): void => {
    if (this.#buffer.length >= MAX_BUFFER) {
      this.#dropped += 1;
      return;
    }
    this.#buffer.push({ at: this.#now(), level, message: this.#redactor.text(message) });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  };

  /** Writes what is buffered. Never throws: what the store refused waits for the next flush. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeBuffer());
    return this.#writing;
  }

  async #writeBuffer(): Promise<void> {
    const lines = this.#buffer;
    if (lines.length === 0) return;
    this.#buffer = [];
    const mark: LogLine[] =
      this.#dropped === 0 ? [] : [{ at: this.#now(), level: 'warn', message: `${this.#dropped} lines were left out` }];
    try {
      await this.#runs.appendLogs(this.#runId, [...lines, ...mark]);
      this.#dropped = 0;
    } catch (error) {
      this.#buffer = [...lines, ...this.#buffer];
      process.emitWarning(`log of run ${this.#runId} not written: ${messageOf(error)}`);
    }
  }
}
