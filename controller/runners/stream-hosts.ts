import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { FromHost, ToHost } from '../../runner/host-protocol.ts';
import { exited, TAIL_LENGTH, within } from './child.ts';

/** A process that runs streams. */
export interface StreamHost {
  readonly child: ChildProcess;
  readonly startedAt: number;
  /** Ids of the pipelines that run here. */
  readonly streams: Set<string>;
  /** It takes no more streams. */
  draining: boolean;
  /** The last lines of standard error: what tells why a process ended. */
  tail: string;
}

export interface StreamHostsOptions {
  /** Processes among which the streams are spread. They are started when there is something to do. */
  readonly hosts: number;
  /** Environment of the processes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What a host may take beyond a deadline to say that it has kept it, in milliseconds. */
  readonly graceMs: number;
  readonly onMessage: (host: StreamHost, message: FromHost) => void;
  /** A host is gone, with all streams that it still had. */
  readonly onEnd: (host: StreamHost) => void;
}

/** A host that dies soon after its start is started again after growing waits. */
const RESPAWN = { initial: 100, max: 5000, jitter: true };
const SETTLED_MS = 10_000;

/** The processes of stream pipelines: as many as are wanted, started again after growing waits when they die. */
export class StreamHosts {
  /** The same for all hosts: a stream is started only after its last host has ended it, or is dead. */
  readonly #holder = `${hostname()}/${process.pid}/${randomUUID()}`;
  readonly #options: StreamHostsOptions;
  readonly #hosts = new Set<StreamHost>();
  readonly #abort = new AbortController();
  #deaths = 0;
  #notBefore = 0;

  constructor(options: StreamHostsOptions) {
    this.#options = options;
  }

  /** The host for one more stream: that with the fewest, or a new one while there are fewer than wanted. Rejects once it closes. */
  async forOneMore(): Promise<StreamHost> {
    const wait = this.#notBefore - performance.now();
    if (wait > 0) await sleep(wait, this.#abort.signal);
    this.#abort.signal.throwIfAborted();
    const usable = [...this.#hosts].filter(({ child, draining }) => !draining && child.connected);
    if (usable.length < this.#options.hosts) return this.#spawn();
    return usable.reduce((least, host) => (host.streams.size < least.streams.size ? host : least));
  }

  send(host: StreamHost, message: ToHost): void {
    if (!host.child.connected) return;
    // A process that died meanwhile is reported by its exit.
    host.child.send(message, (error) => {
      if (error !== null) this.#options.log.debug({ error: error.message }, 'a stream host did not take a message');
    });
  }

  /** Drains all within the deadline, and ends by force what has not ended then. */
  async close(deadlineMs: number): Promise<void> {
    this.#abort.abort(new Error('the streams are stopping'));
    await Promise.all(
      [...this.#hosts].map(async (host) => {
        const ended = exited(host.child);
        host.draining = true;
        this.send(host, { type: 'drain', deadlineMs });
        if (await within(ended, deadlineMs + this.#options.graceMs)) return;
        host.child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  /** Ends all by force and waits for none. */
  kill(): void {
    this.#abort.abort(new Error('the streams are ended'));
    for (const { child } of this.#hosts) child.kill('SIGKILL');
  }

  #spawn(): StreamHost {
    const child = fork(HOST_MAIN, ['--holder', this.#holder], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...this.#options.env },
      execArgv: [],
      // A process group of its own: Ctrl-C in the terminal reaches the controller, which then drains.
      detached: true,
    });
    const host: StreamHost = { child, startedAt: performance.now(), streams: new Set(), draining: false, tail: '' };
    this.#hosts.add(host);
    child.stderr?.on('data', (chunk: Buffer) => {
      host.tail = (host.tail + chunk.toString('utf8')).slice(-TAIL_LENGTH);
    });
    child.on('message', (message: FromHost) => this.#options.onMessage(host, message));
    child.on('error', (error) => this.#onEnd(host, `could not be started: ${error.message}`));
    child.on('exit', (code, signal) =>
      this.#onEnd(host, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
    return host;
  }

  #onEnd(host: StreamHost, reason: string): void {
    if (!this.#hosts.delete(host)) return;
    if (!host.draining) {
      this.#deaths = performance.now() - host.startedAt > SETTLED_MS ? 1 : this.#deaths + 1;
      this.#notBefore = performance.now() + backoffDelay(RESPAWN, this.#deaths);
      const { size } = host.streams;
      this.#options.log.error({ reason, streams: size, stderr: host.tail.trim() }, 'a stream host ended');
    }
    this.#options.onEnd(host);
  }
}

const HOST_MAIN = fileURLToPath(new URL(`../../runner/host${extname(import.meta.url)}`, import.meta.url));
