/** The progress of one run: a line that is rewritten in a terminal, plain lines in a pipe. */
import type { RunView } from '../../api/views/run.ts';
import type { CliContext } from '../context.ts';
import { count, duration } from './figures.ts';
import { truncate } from './width.ts';

const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const BAR_CELLS = 24;
export const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
export const CLEAR_LINE = '\r\u001B[2K';

type Shown = Pick<RunView, 'status' | 'progress' | 'duration_ms'>;

export class Progress {
  readonly #context: CliContext;
  #shownAt = -Infinity;
  #stage = '';
  /** When the stage of this attempt was first seen, and how many rows had passed then. */
  #since = { at: 0, rows: 0 };
  #rows = 0;
  #drawn = '';
  #frame = 0;

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** Shows the state, unless one was shown a moment ago. */
  update(run: Shown): void {
    const now = this.#context.clock();
    const stage = run.progress?.stage ?? run.status;
    const rows = run.progress?.rows_processed ?? 0;
    const changed = stage !== this.#stage;
    // Fewer rows than before: a new attempt.
    if (changed || rows < this.#rows) {
      this.#stage = stage;
      this.#since = { at: now, rows };
    }
    this.#rows = rows;
    const { live } = this.#context.terminal;
    if (!changed && now - this.#shownAt < (live ? REDRAW_MS : PLAIN_MS)) return;
    this.#shownAt = now;
    if (live) this.#draw(this.#liveLine(run, now));
    else this.#context.terminal.err(`${this.#plainLine(run, now)}\n`);
  }

  /** Writes a line (with its line break) to standard output without disturbing the one that is rewritten. */
  print(text: string): void {
    this.#draw('', false);
    this.#context.terminal.out(text);
    this.#draw(this.#drawn);
  }

  /** Takes the rewritten line away. */
  end(): void {
    this.#draw('');
  }

  #draw(line: string, keep = true): void {
    if (!this.#context.terminal.live) return;
    if (line !== '' || this.#drawn !== '') this.#context.terminal.err(CLEAR_LINE + line);
    if (keep) this.#drawn = line;
  }

  #liveLine(run: Shown, now: number): string {
    const { style, terminal } = this.#context;
    const total = run.progress?.rows_total ?? null;
    const rows = run.progress?.rows_processed ?? 0;
    this.#frame += 1;
    const meter = total === null || total === 0 ? SPINNER[this.#frame % SPINNER.length]! : bar(rows / total);
    const line = `${meter} ${this.#plainLine(run, now)}`;
    return style('busy', truncate(line, (terminal.width ?? 80) - 1));
  }

  #plainLine(run: Shown, now: number): string {
    if (run.progress === null || run.status === 'pending') return `${run.status}: waiting for a runner`;
    const { stage, rows_processed: rows, rows_total: total } = run.progress;
    const seconds = (now - this.#since.at) / 1000;
    const passed = rows - this.#since.rows;
    const speed = seconds >= 1 && passed > 0 ? `, ${count(Math.round(passed / seconds))} rows/s` : '';
    const of = total === null ? '' : ` of ${count(total)}`;
    return `${stage}: ${count(rows)}${of} rows${speed}, ${duration(run.duration_ms ?? 0)}`;
  }
}

export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return `[${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}] ${String(Math.floor(Math.min(1, share) * 100)).padStart(3)}%`;
}
