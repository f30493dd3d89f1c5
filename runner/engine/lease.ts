/** The run belongs to this runner for as long as the store agrees. */
import { HeadgateError } from '../../foundation/errors.ts';
import { sleep, type Clock } from '../../foundation/time.ts';
import type { RunProgress, Runs } from '../../store/ports.ts';

/** The reason of an abort after which nothing may be committed or recorded: the run is another attempt's now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface LeaseOptions {
  readonly runs: Pick<Runs, 'heartbeat'>;
  readonly runId: string;
  readonly attempt: number;
  readonly leaseMs: number;
  readonly now: Clock;
  readonly progress: () => RunProgress;
  /** Called once, with `LeaseLost` or the cancellation. */
  readonly onEnd: (reason: Error) => void;
}

const HEARTBEAT_MS = 1000;
const ASK_AGAIN_MS = 200;

/** Sends a heartbeat with the progress every second, and notices cancellation and loss. */
export class Lease {
  readonly #options: LeaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #until: number;
  #busy = false;
  #ended = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#until = options.now() + options.leaseMs;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#tick(), Math.min(HEARTBEAT_MS, this.#options.leaseMs / 3));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Resolves when the store confirms that the run is still ours: asked before each commit. A store that cannot answer is
   * asked again while the lease lasts. Throws otherwise.
   */
  async confirm(): Promise<void> {
    for (;;) {
      try {
        return await this.#ask();
      } catch (error) {
        if (this.#ended || this.#options.now() + ASK_AGAIN_MS >= this.#until) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  async #ask(): Promise<void> {
    const { runs, runId, attempt, leaseMs, now, progress } = this.#options;
    const until = now() + leaseMs;
    const answer = await runs.heartbeat(runId, attempt, until, progress());
    if (answer === null) throw this.#end(new LeaseLost('the run was given to another runner'));
    this.#until = until;
    if (answer.cancel) throw this.#end(new HeadgateError('run_cancelled', 'the run was cancelled'));
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#ask();
    } catch {
      // A store that cannot be reached is tried again while the lease lasts; then somebody else may hold the run.
      if (this.#options.now() > this.#until) this.#end(new LeaseLost('the store was out of reach for too long'));
    } finally {
      this.#busy = false;
    }
  }

  #end(reason: Error): Error {
    this.#ended = true;
    this.stop();
    this.#options.onEnd(reason);
    return reason;
  }
}
