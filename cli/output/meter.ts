/** One line of progress that is rewritten in a terminal, and said from time to time in a pipe. */
import type { CliContext } from '../context.ts';
import { bar, CLEAR_LINE, SPINNER } from './progress.ts';
import { truncate } from './width.ts';

const REDRAW_MS = 100;
const PLAIN_MS = 5000;

export class Meter {
  readonly #context: CliContext;
  #shownAt: number;
  #drawn = false;
  #frame = 0;

  constructor(context: CliContext) {
    this.#context = context;
    // What is done soon needs no word in a pipe.
    this.#shownAt = context.terminal.live ? -Infinity : context.clock();
  }

  /** `share` is how much of it is done, from 0 to 1; null where that is not known. */
  show(text: string, share: number | null): void {
    const { terminal, style, clock } = this.#context;
    const now = clock();
    if (now - this.#shownAt < (terminal.live ? REDRAW_MS : PLAIN_MS)) return;
    this.#shownAt = now;
    if (!terminal.live) return terminal.err(`${text}\n`);
    const meter = share === null ? SPINNER[this.#frame++ % SPINNER.length]! : bar(share);
    terminal.err(CLEAR_LINE + style('busy', truncate(`${meter} ${text}`, (terminal.width ?? 80) - 1)));
    this.#drawn = true;
  }

  /** Takes the rewritten line away. */
  end(): void {
    if (this.#drawn) this.#context.terminal.err(CLEAR_LINE);
    this.#drawn = false;
  }
}
