/** Answers of somebody who is asked rarely: each is kept for some time, and asked for once at a time. */
export class Kept<T> {
  readonly #ms: number;
  readonly #max: number;
  readonly #answers = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();

  /** `ms`: for how long. Of more than `max` answers the oldest go. */
  constructor(ms: number, max: number) {
    this.#ms = ms;
    this.#max = max;
  }

  /** What was answered lately, or what `ask` answers now. What fails is not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#answers.get(key);
    if (known !== undefined && now - known.at < this.#ms) return known.answer;
    const answer = ask();
    this.#answers.delete(key);
    this.#answers.set(key, { at: now, answer });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#max) break;
      this.#answers.delete(oldest);
    }
    answer.catch(() => {
      if (this.#answers.get(key)?.answer === answer) this.#answers.delete(key);
    });
    return answer;
  }

  /** The next one who asks gets a new answer. */
  forget(key: string): void {
    this.#answers.delete(key);
  }
}
