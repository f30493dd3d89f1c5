import type { Logger } from '../../foundation/log.ts';
import type { FromHost } from '../../runner/host-protocol.ts';
import type { LogLevel } from '../../store/ports.ts';
import type { StreamInfo, Streams, WantedStream } from '../ports.ts';
import { within } from './child.ts';
import { KeyFeed, type KeySource } from './key-feed.ts';
import { StreamHosts, type StreamHost } from './stream-hosts.ts';

export interface LocalStreamsOptions {
  /** Processes among which the streams are spread. They are started when there is something to do. */
  readonly hosts: number;
  /** Environment of the processes: what `${env:…}` may refer to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What opens secrets; without it a host resolves none. */
  readonly secretKeys?: KeySource;
  /** What a host may take beyond a deadline to say that it has kept it, in milliseconds. 5 s when left out. */
  readonly graceMs?: number;
}

interface Stream {
  info: StreamInfo;
  readonly host: StreamHost;
  /** Whether `stop` was asked for. */
  stopping: boolean;
}

const GRACE_MS = 5000;

/** Stream pipelines in child processes of the controller, many of them in each. */
export class LocalStreams implements Streams {
  readonly #options: LocalStreamsOptions;
  readonly #hosts: StreamHosts;
  readonly #streams = new Map<string, Stream>();
  readonly #listeners = new Set<(pipelineId: string) => void>();
  readonly #graceMs: number;
  readonly #keys: KeyFeed;

  constructor(options: LocalStreamsOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#keys = new KeyFeed(options.secretKeys);
    this.#hosts = new StreamHosts({
      ...options,
      graceMs: this.#graceMs,
      onMessage: (host, message) => this.#onMessage(host, message),
      onEnd: (host) => this.#onEnd(host),
    });
  }

  async ensure({ assignment, hash }: WantedStream, drainMs: number): Promise<void> {
    const { id: pipelineId, workspace } = assignment.pipeline;
    const live = this.get(pipelineId);
    if (live?.hash === hash) return;
    // The old one ends before the new one begins.
    if (live !== undefined) await this.stop(pipelineId, drainMs);
    const host = await this.#hosts.forOneMore();
    const info: StreamInfo = { pipelineId, hash, state: 'starting', since: Date.now() };
    this.#streams.set(pipelineId, { host, info, stopping: false });
    host.streams.add(pipelineId);
    this.#keys.give(host.child, workspace);
    this.#hosts.send(host, { type: 'start', assignment, hash });
  }

  list(): readonly StreamInfo[] {
    return [...this.#streams.values()].map(({ info }) => info);
  }

  get(pipelineId: string): StreamInfo | undefined {
    return this.#streams.get(pipelineId)?.info;
  }

  async stop(pipelineId: string, deadlineMs: number): Promise<void> {
    const stream = this.#streams.get(pipelineId);
    if (stream === undefined) return;
    stream.stopping = true;
    const ended = this.#ended(pipelineId, stream);
    this.#hosts.send(stream.host, { type: 'stop', pipelineId, deadlineMs });
    if (await within(ended, deadlineMs + this.#graceMs)) return;
    // It does not answer any more: the others on it start again elsewhere.
    this.#options.log.error(
      { pipeline: pipelineId },
      'a stream host did not end a stream in time, and is ended by force',
    );
    stream.host.child.kill('SIGKILL');
    await ended;
  }

  onChange(listener: (pipelineId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#keys.close();
    await this.#hosts.close(deadlineMs);
  }

  /** Ends all processes by force and waits for none. */
  kill(): void {
    this.#hosts.kill();
  }

  #onMessage(host: StreamHost, message: FromHost): void {
    if (message.type === 'log') this.#relay(message);
    if (message.type !== 'state') return;
    const { pipelineId, hash, state, error } = message;
    const stream = this.#streams.get(pipelineId);
    // What an earlier assignment still has to say is of no interest.
    if (stream === undefined || stream.host !== host || stream.info.hash !== hash) return;
    if ((state === 'draining' || state === 'ended') && !stream.stopping) this.#leaves(host);
    if (state === 'ended') {
      this.#streams.delete(pipelineId);
      host.streams.delete(pipelineId);
    } else {
      const since = stream.info.state === state ? stream.info.since : Date.now();
      stream.info = { pipelineId, hash, state, since, ...(error === undefined ? {} : { error }) };
    }
    this.#tell(pipelineId);
  }

  /** A stream that ends though nobody asked for it tells that its host was told to end, by a signal of somebody else. */
  #leaves(host: StreamHost): void {
    if (host.draining) return;
    host.draining = true;
    this.#options.log.warn({ pid: host.child.pid }, 'a stream host drains; its streams start again on another one');
  }

  #relay({ pipelineId, level, message }: { pipelineId: string; level: LogLevel; message: string }): void {
    this.#options.log[level]({ pipeline: pipelineId }, message);
  }

  #onEnd(host: StreamHost): void {
    const lost = [...host.streams];
    for (const pipelineId of lost) this.#streams.delete(pipelineId);
    for (const pipelineId of lost) this.#tell(pipelineId);
  }

  #tell(pipelineId: string): void {
    for (const listener of this.#listeners) listener(pipelineId);
  }

  #ended(pipelineId: string, stream: Stream): Promise<void> {
    return new Promise((resolve) => {
      const off = this.onChange(() => {
        if (this.#streams.get(pipelineId) === stream) return;
        off();
        resolve();
      });
    });
  }
}
