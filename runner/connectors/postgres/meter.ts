/** Counts the rows of COPY's text format well enough for a progress display, without looking at every byte. */

const NEWLINE = 10;

export class RowMeter {
  readonly #report: (rows: number) => void;
  #bytesPerRow = 0;
  #reported = 0;

  constructor(report: (rows: number) => void) {
    this.#report = report;
  }

  /** The first piece tells how long rows are; later ones are judged by their length. */
  add(chunk: Uint8Array): void {
    if (this.#bytesPerRow === 0) {
      let lines = 0;
      for (const byte of chunk) if (byte === NEWLINE) lines++;
      if (lines === 0) return;
      this.#bytesPerRow = chunk.length / lines;
    }
    this.#advance(Math.floor(chunk.length / this.#bytesPerRow));
  }

  /** Corrects the estimate once the count is known. */
  finish(rows: number): void {
    this.#advance(rows - this.#reported);
  }

  #advance(rows: number): void {
    this.#reported += rows;
    if (rows !== 0) this.#report(rows);
  }
}
