import type { RunProgress, RunStage } from '../../store/ports.ts';

/** How far the run is. The lease reads it once a second. */
export class Progress {
  #stage: RunStage = 'extract';
  #rows = 0;
  #total: number | undefined;
  #estimate: (() => number | null) | undefined;

  /** Begins a stage; `total` is the number of rows it will pass, where that is known. */
  begin(stage: RunStage, total?: number): void {
    this.#stage = stage;
    this.#rows = 0;
    this.#total = total;
    this.#estimate = undefined;
  }

  /** Counts further rows of the stage. */
  add(rows: number): void {
    this.#rows += rows;
  }

  /** While one DuckDB statement does the stage: the fraction that is done, of about `rows` rows. */
  estimate(rows: number, fraction: () => number | null): void {
    this.#total = rows;
    this.#estimate = () => {
      const done = fraction();
      return done === null ? null : Math.floor(done * rows);
    };
  }

  /** The exact number of rows that passed, at the end of a stage. */
  end(rows: number): void {
    this.#rows = rows;
    this.#total = rows;
    this.#estimate = undefined;
  }

  snapshot(): RunProgress {
    const rowsProcessed = Math.max(this.#rows, this.#estimate?.() ?? 0);
    return {
      stage: this.#stage,
      rowsProcessed,
      ...(this.#total === undefined ? {} : { rowsTotal: Math.max(this.#total, rowsProcessed) }),
    };
  }
}
