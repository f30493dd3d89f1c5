/** Tells the controller how a stream is: a blob that lives only as long as it is renewed. */
import { messageOf, type ErrorRecord } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Blobs } from '../../store/blob-ports.ts';
import { streamStateBlob, type StreamReport } from '../handed.ts';
import type { HostedState } from '../host-protocol.ts';

/** How often a report is renewed, and how long one lives, in milliseconds. */
const RENEW_MS = 10_000;
const KEPT_MS = 30_000;

export interface StreamReporterOptions {
  readonly blobs: Pick<Blobs, 'put' | 'touch' | 'delete'>;
  readonly pipelineId: string;
  readonly hash: string;
  readonly pod: string;
  readonly log: Logger;
}

export class StreamReporter {
  readonly #options: StreamReporterOptions;
  readonly #name: string;
  readonly #timer: NodeJS.Timeout;
  #report: StreamReport;
  /** What the store has; null: nothing, or not known. */
  #stored: StreamReport | null = null;
  #working: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: StreamReporterOptions) {
    this.#options = options;
    this.#name = streamStateBlob(options.pipelineId, options.pod);
    this.#report = { state: 'starting', hash: options.hash, since: Date.now() };
    this.#timer = setInterval(() => this.#write(true), RENEW_MS);
    this.#write(true);
  }

  get state(): HostedState {
    return this.#report.state;
  }

  set(state: HostedState, error?: ErrorRecord): void {
    const { hash, since, state: before } = this.#report;
    const base = { state, hash, since: state === before ? since : Date.now() };
    this.#report = error === undefined ? base : { ...base, error };
    this.#write(false);
  }

  /** Takes the report back: the Pod says nothing any more. */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#working;
    await this.#options.blobs.delete(this.#name).catch((error: unknown) => this.#note(error));
  }

  /** One write after the other, each of what is the newest then. */
  #write(renew: boolean): void {
    this.#working = this.#working.then(() => this.#writeNow(renew)).catch((error: unknown) => this.#note(error));
  }

  async #writeNow(renew: boolean): Promise<void> {
    const { blobs } = this.#options;
    const report = this.#report;
    if (this.#ended || (!renew && report === this.#stored)) return;
    const now = Date.now();
    // Renewed alone, it wakes nobody.
    if (report === this.#stored && (await blobs.touch([this.#name], now + KEPT_MS, now)).has(this.#name)) return;
    this.#stored = null;
    await blobs.put(this.#name, Buffer.from(JSON.stringify(report)), now + KEPT_MS);
    this.#stored = report;
  }

  /** The next renewal tells it again. */
  #note(error: unknown): void {
    this.#options.log.warn({ reason: messageOf(error) }, 'the state of the stream could not be told');
  }
}
