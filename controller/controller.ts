/** A controller: what the API may ask of it at any time, and the loops, which run between `start` and `stop`. */
import type { ResourceRef } from '../foundation/ids.ts';
import type { CheckResult } from '../runner/ports.ts';
import { openFolders, type Folders } from './folders.ts';
import type { ControllerHandle } from './handle.ts';
import { Loops } from './loops.ts';
import type { LoopOptions, RequestOptions } from './options.ts';
import type { Plan } from './plan/types.ts';
import type { RunnerExit } from './ports.ts';
import { Requests } from './requests.ts';
import type { WriteOutcome, WriteRequest } from './write/ports.ts';

export interface LoopsOfController {
  /** Asked at each start of the loops. */
  readonly loops: () => LoopOptions;
  /** Why a process is not ready, where it may be so without loops. */
  readonly notReady?: () => readonly string[];
}

/**
 * Where several processes serve one environment, one of them runs the loops, and all answer the API: what it asks for is recorded
 * in the store and in the resources, whose watches wake the loops wherever they run.
 */
export class Controller implements ControllerHandle {
  readonly #options: RequestOptions;
  readonly #own: LoopsOfController;
  readonly #folders: Folders;
  readonly #requests: Requests;
  readonly #abort = new AbortController();
  /** The last ones that were started. */
  #loops: Loops | null = null;

  constructor(options: RequestOptions, own: LoopsOfController) {
    this.#options = options;
    this.#own = own;
    this.#folders = openFolders(options);
    const wake = (ref: ResourceRef): void => this.wake(ref);
    this.#requests = new Requests(options, this.#folders, { wake, signal: this.#abort.signal });
  }

  /** Starts the loops, after what has to come `first`. They must not run already. A stop meanwhile keeps them from it. */
  async start(first?: () => Promise<unknown>): Promise<void> {
    const loops = new Loops({ ...this.#options, ...this.#own.loops() }, this.#folders);
    this.#loops = loops;
    await first?.();
    await loops.start();
  }

  /** Stops the loops, and waits for what they are working on. They can be started again. */
  async stop(): Promise<void> {
    await this.#loops?.close();
  }

  /** The end of it all. Runners are the caller's to close, before the store. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the controller is stopping'));
    await this.stop();
  }

  /** Takes back a run whose runner ended while the loops were stopping. */
  async released(exit: RunnerExit): Promise<void> {
    await this.#loops?.released(exit);
  }

  /** Whether the loops run and have looked at everything. */
  get working(): boolean {
    return this.#loops?.started === true;
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.working ? this.#loops!.depth : 0;
  }

  wake(ref: ResourceRef): void {
    if (this.working) this.#loops!.wake(ref);
  }

  planRevision(repositoryId: string, revision?: string): Promise<Plan> {
    return this.#requests.planRevision(repositoryId, revision);
  }

  planDocuments(text: string, options: { readonly namespace?: string }): Promise<Plan> {
    return this.#requests.planDocuments(text, options);
  }

  write(request: WriteRequest, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#requests.write(request, signal);
  }

  check(connectionId: string, signal: AbortSignal): Promise<CheckResult> {
    return this.#requests.check(connectionId, signal);
  }

  notReady(): readonly string[] {
    if (this.#own.notReady !== undefined) return this.#own.notReady();
    return this.working ? [] : ['the controller is starting or stopping'];
  }
}
