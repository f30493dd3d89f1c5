/** What stands in the way of a stream now: its state is `waiting` while there is anything. */
import { toErrorRecord, type ErrorRecord } from '../../foundation/errors.ts';
import type { Redactor } from '../redactor.ts';

export class Health {
  readonly #troubles = new Map<string, ErrorRecord>();
  readonly #redactor: Redactor;
  readonly #onChange: (error: ErrorRecord | null) => void;

  /** `onChange` is told the oldest trouble whenever that changes; null: there is none any more. */
  constructor(redactor: Redactor, onChange: (error: ErrorRecord | null) => void) {
    this.#redactor = redactor;
    this.#onChange = onChange;
  }

  /** Something named `what` cannot be done now; null: it can. */
  set(what: string, error: unknown): void {
    const before = this.#first();
    if (error === null) this.#troubles.delete(what);
    else this.#troubles.set(what, this.#redactor.error(toErrorRecord(error)));
    const after = this.#first();
    if (before?.code !== after?.code || before?.message !== after?.message) this.#onChange(after);
  }

  #first(): ErrorRecord | null {
    const [first] = this.#troubles.values();
    return first ?? null;
  }
}
