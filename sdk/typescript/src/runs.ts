import { HeadgateError } from './errors.ts';
import { Pipelines, Runs, type PipelinesRunParams, type RunsGetParams } from './gen/resources.gen.ts';
import type { Run } from './gen/models.gen.ts';
import type { RequestOptions } from './options.ts';
import { sleep } from './signals.ts';
import type { Transport } from './transport.ts';

const FIRST_LOOK_MS = 200;
const RAREST_LOOK_MS = 3000;
const ENDED: ReadonlySet<Run['status']> = new Set(['success', 'failed', 'cancelled']);

export interface WaitOptions {
  /** Milliseconds; without end when left out. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with every look at the run. */
  readonly onProgress?: (run: Run) => void;
}

/** The run had not ended within `timeout`; it goes on. */
export class WaitTimeoutError extends HeadgateError {
  override readonly name = 'WaitTimeoutError';
  /** As it was seen last. */
  readonly run: Run;

  constructor(run: Run, timeout: number) {
    super(`${run.id} is still ${run.status} after ${timeout} ms`);
    this.run = run;
  }
}

/** A run, and what can be done with it. */
export interface RunHandle extends Run {
  /** The run once it has ended, in whatever way: look at its `status`. */
  wait(options?: WaitOptions): Promise<Run>;
  /** The run as it is now. */
  refresh(options?: RequestOptions): Promise<RunHandle>;
  cancel(options?: RequestOptions): Promise<Run>;
  /** Its log, as it is written. */
  streamLogs(...args: RestOfStream): ReturnType<Runs['streamLogs']>;
}

type RestOfStream = Parameters<Runs['streamLogs']> extends [string, ...infer Rest] ? Rest : never;

/** Runs, and waiting for them. */
export class WaitingRuns extends Runs {
  /** The run once it has ended, in whatever way. Throws `WaitTimeoutError`. */
  async wait(runId: string, options: WaitOptions = {}, params: RunsGetParams = {}): Promise<Run> {
    const begin = Date.now();
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(RAREST_LOOK_MS, pause * 1.5)) {
      const run = await this.get(runId, params, { signal: options.signal });
      options.onProgress?.(run);
      if (ENDED.has(run.status)) return run;
      const left = options.timeout === undefined ? Number.POSITIVE_INFINITY : begin + options.timeout - Date.now();
      if (left <= 0) throw new WaitTimeoutError(run, options.timeout!);
      await sleep(Math.min(pause, left), options.signal);
    }
  }

  /** A run together with what can be done with it. */
  handle(run: Run): RunHandle {
    const params = { workspace: run.workspace };
    return {
      ...run,
      wait: (options) => this.wait(run.id, options, params),
      refresh: async (options) => this.handle(await this.get(run.id, params, options)),
      cancel: (options) => this.cancel(run.id, params, options),
      streamLogs: (more, options) => this.streamLogs(run.id, { ...params, ...more }, options),
    };
  }
}

/** Pipelines whose runs can be waited for. */
export class RunningPipelines extends Pipelines {
  readonly #runs: WaitingRuns;

  constructor(transport: Transport, runs: WaitingRuns) {
    super(transport);
    this.#runs = runs;
  }

  /** Starts a run; `await run.wait({ timeout: 300_000 })` waits for its end. */
  override async run(id: string, params: PipelinesRunParams = {}, options: RequestOptions = {}): Promise<RunHandle> {
    return this.#runs.handle(await super.run(id, params, options));
  }
}
