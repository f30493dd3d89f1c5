/** How fast an API is asked: at the pace of the manifest, and not before it wants to hear from us again. */
import { sleep } from '../../../foundation/time.ts';
import type { RateLimit } from '../../../crds/index.ts';
import type { Answer } from '../http/client.ts';
import { createPacer, type Pacer } from '../http/rate.ts';
import { retryAfterSeconds } from '../http/status.ts';

export interface ThrottleOptions {
  readonly rateLimit: RateLimit | undefined;
  /** The longest pause that a header may ask for, in seconds. */
  readonly maxWait: number;
}

export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #pacer: Pacer;
  /** In milliseconds of `performance.now()`. */
  #notBefore = 0;

  constructor(options: ThrottleOptions) {
    this.#options = options;
    this.#pacer = createPacer(options.rateLimit?.requestsPerSecond);
  }

  /** Milliseconds until the API may be asked again. */
  get pauseMs(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  /** Resolves when the next request may start. */
  async turn(signal: AbortSignal): Promise<void> {
    for (let pause = this.pauseMs; pause > 0; pause = this.pauseMs) await sleep(pause, signal);
    await this.#pacer(signal);
  }

  /** Seconds that an answer asks to wait, by `Retry-After` or because nothing is left until `reset`. */
  waitOf(answer: Pick<Answer, 'headers'>): number | undefined {
    const { rateLimit, maxWait } = this.#options;
    const asked = retryAfterSeconds(answer.headers['retry-after'], Date.now(), maxWait);
    if (asked !== undefined || rateLimit?.remaining === undefined || rateLimit.reset === undefined) return asked;
    const remaining = numberIn(answer, rateLimit.remaining);
    const reset = numberIn(answer, rateLimit.reset);
    if (remaining === undefined || remaining > 0 || reset === undefined) return undefined;
    return Math.min(maxWait, Math.max(0, secondsUntil(reset, rateLimit.resetAs ?? 'epoch')));
  }

  /** Everybody waits so long, in seconds. */
  pause(seconds: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + seconds * 1000);
  }
}

function secondsUntil(reset: number, form: NonNullable<RateLimit['resetAs']>): number {
  switch (form) {
    case 'epoch':
      return Math.ceil(reset - Date.now() / 1000);
    case 'epochMilliseconds':
      return Math.ceil((reset - Date.now()) / 1000);
    case 'seconds':
      return reset;
    default:
      return Math.ceil(reset / 1000);
  }
}

function numberIn({ headers }: Pick<Answer, 'headers'>, name: string): number | undefined {
  const value = headers[name.toLowerCase()];
  const text = Array.isArray(value) ? value[0] : value;
  const number = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}
