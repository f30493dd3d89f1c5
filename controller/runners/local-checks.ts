import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { CheckResult } from '../../runner/ports.ts';
import type { FromRunner, ToRunner } from '../../runner/protocol.ts';
import type { CheckAssignment } from '../../runner/spec.ts';
import type { Checks } from '../ports.ts';
import { exited, TAIL_LENGTH } from './child.ts';
import { KeyFeed, type KeySource } from './key-feed.ts';

export interface LocalChecksOptions {
  /** Checks at the same time; further ones are turned away. */
  readonly max: number;
  /** Environment of the processes: what `${env:…}` may refer to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What opens secrets; without it a check resolves none. */
  readonly secretKeys?: KeySource;
  /** What a runner may take beyond the time of a check, its start included, in milliseconds. 10 s when left out. */
  readonly graceMs?: number;
}

const GRACE_MS = 10_000;
/** When to ask again, in seconds. */
const RETRY_AFTER = 5;

/** Each check has a runner process of its own: it takes no place of a run, and whatever hangs in it ends with it. */
export class LocalChecks implements Checks {
  readonly #options: LocalChecksOptions;
  readonly #children = new Set<ChildProcess>();
  readonly #closing = new AbortController();
  readonly #keys: KeyFeed;

  constructor(options: LocalChecksOptions) {
    this.#options = options;
    this.#keys = new KeyFeed(options.secretKeys);
  }

  async check(assignment: CheckAssignment, signal: AbortSignal): Promise<CheckResult> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (this.#children.size >= this.#options.max) {
      throw new HeadgateError('unavailable', `${this.#options.max} connections are being checked already`, {
        retryAfter: RETRY_AFTER,
        retryable: true,
      });
    }
    const child = fork(RUNNER_MAIN, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...this.#options.env },
      execArgv: [],
      detached: true,
    });
    this.#children.add(child);
    for (const end of ['exit', 'error']) child.once(end, () => this.#children.delete(child));
    const stop = new AbortController();
    try {
      return await this.#answer(child, assignment, AbortSignal.any([signal, this.#closing.signal]), stop.signal);
    } finally {
      stop.abort();
      child.kill('SIGKILL');
      // Its place is free when it is gone; one that could not be started has no end.
      if (child.pid !== undefined) await exited(child);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HeadgateError('unavailable', 'the server is stopping', { retryable: true }));
    this.#keys.close();
    await Promise.all([...this.#children].map((child) => exited(child)));
  }

  #answer(
    child: ChildProcess,
    assignment: CheckAssignment,
    signal: AbortSignal,
    stop: AbortSignal,
  ): Promise<CheckResult> {
    const { log, graceMs = GRACE_MS } = this.#options;
    let tail = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_LENGTH);
    });
    return new Promise<CheckResult>((resolve, reject) => {
      const lost = (reason: string): void => {
        log.warn({ connection: assignment.endpoint.name, reason, stderr: tail.trim() }, 'a check came to no end');
        reject(new HeadgateError('runner_lost', `the runner of the check ${reason}`));
      };
      const onAbort = (): void => reject(signal.reason as Error);
      const timer = setTimeout(() => {
        resolve({ ok: false, message: `no answer within ${Math.round(assignment.timeoutMs / 1000)} s` });
      }, assignment.timeoutMs + graceMs);
      signal.addEventListener('abort', onAbort, { once: true });
      // It is ended by force once it has answered or nobody asks any more: that is nothing to tell.
      const onExit = (code: number | null, ended: string | null): void =>
        lost(ended === null ? `ended with exit code ${code}` : `was ended by ${ended}`);
      stop.addEventListener('abort', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        child.off('exit', onExit);
      });
      child.once('exit', onExit);
      child.once('error', (error) => lost(`could not be started: ${error.message}`));
      child.on('message', (message: FromRunner) => {
        if (message.type === 'checked' && message.checkId === assignment.checkId) resolve(message.result);
      });
      this.#keys.give(child, assignment.workspace);
      child.send({ type: 'check', assignment } satisfies ToRunner, (error) => {
        // A process that died meanwhile is told of by its exit.
        if (error !== null) log.debug({ error: error.message }, 'a runner did not take a check');
      });
    });
  }
}

const RUNNER_MAIN = fileURLToPath(new URL(`../../runner/main${extname(import.meta.url)}`, import.meta.url));
