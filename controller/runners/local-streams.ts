import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { FromHost, ToHost } from '../../runner/host-protocol.ts';
import type { StreamAssignment } from '../../runner/spec.ts';
import type { LogLevel } from '../../store/ports.ts';
import type { StreamInfo, Streams } from '../ports.ts';
import { exited, TAIL_LENGTH, within } from './child.ts';
import { KeyFeed, type KeySource } from './key-feed.ts';

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

interface Host {
  readonly child: ChildProcess;
  readonly startedAt: number;
  /** Ids of the pipelines that run here. */
  readonly streams: Set<string>;
  /** It takes no more streams. */
  draining: boolean;
  /** The last lines of standard error: what tells why a process ended. */
  tail: string;
}

interface Stream {
  info: StreamInfo;
  readonly host: Host;
  /** Whether `stop` was asked for. */
  stopping: boolean;
}

/** A host that dies soon after its start is started again after growing waits. */
const RESPAWN = { initial: 100, max: 5000, jitter: true };
const SETTLED_MS = 10_000;
const GRACE_MS = 5000;

/** Stream pipelines in child processes of the controller, many of them in each. */
export class LocalStreams implements Streams {
  /** The same for all hosts: a stream is started only after its last host has ended it, or is dead. */
  readonly #holder = `${hostname()}/${process.pid}/${randomUUID()}`;
  readonly #options: LocalStreamsOptions;
  readonly #hosts = new Set<Host>();
  readonly #streams = new Map<string, Stream>();
  readonly #listeners = new Set<(pipelineId: string) => void>();
  readonly #abort = new AbortController();
  readonly #graceMs: number;
  readonly #keys: KeyFeed;
  #deaths = 0;
  #notBefore = 0;

  constructor(options: LocalStreamsOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#keys = new KeyFeed(options.secretKeys);
  }

  async start(assignment: StreamAssignment, hash: string): Promise<void> {
    const wait = this.#notBefore - performance.now();
    if (wait > 0) await sleep(wait, this.#abort.signal);
    this.#abort.signal.throwIfAborted();
    const host = this.#hostForOneMore();
    const pipelineId = assignment.pipeline.id;
    const info: StreamInfo = { pipelineId, hash, state: 'starting', since: Date.now() };
    this.#streams.set(pipelineId, { host, info, stopping: false });
    host.streams.add(pipelineId);
    this.#keys.give(host.child, assignment.pipeline.workspace);
    this.#send(host, { type: 'start', assignment, hash });
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
    this.#send(stream.host, { type: 'stop', pipelineId, deadlineMs });
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
    this.#abort.abort(new Error('the streams are stopping'));
    this.#keys.close();
    await Promise.all(
      [...this.#hosts].map(async (host) => {
        const ended = exited(host.child);
        host.draining = true;
        this.#send(host, { type: 'drain', deadlineMs });
        if (await within(ended, deadlineMs + this.#graceMs)) return;
        host.child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  /** Ends all processes by force and waits for none. */
  kill(): void {
    this.#abort.abort(new Error('the streams are ended'));
    for (const { child } of this.#hosts) child.kill('SIGKILL');
  }

  /** The host with the fewest streams, or a new one while there are fewer than wanted. */
  #hostForOneMore(): Host {
    const usable = [...this.#hosts].filter(({ child, draining }) => !draining && child.connected);
    if (usable.length < this.#options.hosts) return this.#spawn();
    return usable.reduce((least, host) => (host.streams.size < least.streams.size ? host : least));
  }

  #spawn(): Host {
    const child = fork(HOST_MAIN, ['--holder', this.#holder], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...this.#options.env },
      execArgv: [],
      // A process group of its own: Ctrl-C in the terminal reaches the controller, which then drains.
      detached: true,
    });
    const host: Host = { child, startedAt: performance.now(), streams: new Set(), draining: false, tail: '' };
    this.#hosts.add(host);
    child.stderr?.on('data', (chunk: Buffer) => {
      host.tail = (host.tail + chunk.toString('utf8')).slice(-TAIL_LENGTH);
    });
    child.on('message', (message: FromHost) => this.#onMessage(host, message));
    child.on('error', (error) => this.#onEnd(host, `could not be started: ${error.message}`));
    child.on('exit', (code, signal) =>
      this.#onEnd(host, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
    return host;
  }

  #onMessage(host: Host, message: FromHost): void {
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
  #leaves(host: Host): void {
    if (host.draining) return;
    host.draining = true;
    this.#options.log.warn({ pid: host.child.pid }, 'a stream host drains; its streams start again on another one');
  }

  #relay({ pipelineId, level, message }: { pipelineId: string; level: LogLevel; message: string }): void {
    this.#options.log[level]({ pipeline: pipelineId }, message);
  }

  #onEnd(host: Host, reason: string): void {
    if (!this.#hosts.delete(host)) return;
    const lost = [...host.streams];
    for (const pipelineId of lost) this.#streams.delete(pipelineId);
    if (!host.draining) {
      this.#deaths = performance.now() - host.startedAt > SETTLED_MS ? 1 : this.#deaths + 1;
      this.#notBefore = performance.now() + backoffDelay(RESPAWN, this.#deaths);
      this.#options.log.error({ reason, streams: lost.length, stderr: host.tail.trim() }, 'a stream host ended');
    }
    for (const pipelineId of lost) this.#tell(pipelineId);
  }

  #tell(pipelineId: string): void {
    for (const listener of this.#listeners) listener(pipelineId);
  }

  #send(host: Host, message: ToHost): void {
    if (!host.child.connected) return;
    // A process that died meanwhile is reported by its exit.
    host.child.send(message, (error) => {
      if (error !== null) this.#options.log.debug({ error: error.message }, 'a stream host did not take a message');
    });
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

const HOST_MAIN = fileURLToPath(new URL(`../../runner/host${extname(import.meta.url)}`, import.meta.url));
