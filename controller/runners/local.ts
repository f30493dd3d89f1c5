import { fork, type ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../foundation/log.ts';
import type { FromRunner, ToRunner } from '../../runner/protocol.ts';
import type { RunAssignment } from '../../runner/spec.ts';
import type { RunnerExit, RunnerInfo, Runners } from '../ports.ts';
import { exited, TAIL_LENGTH, within } from './child.ts';
import { KeyFeed, type KeySource } from './key-feed.ts';

export interface LocalRunnersOptions {
  /** Runs at the same time. */
  readonly maxRunners: number;
  /** Processes kept warm when nothing runs: a run then starts in milliseconds. */
  readonly warm: number;
  /** Runs after which a process is replaced, so that nothing can pile up in it. */
  readonly maxRunsPerProcess: number;
  /** Milliseconds after which an idle process beyond `warm` ends. */
  readonly idleMs: number;
  /** Environment of the processes: what `${env:…}` may refer to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What opens secrets; without it a runner resolves none. */
  readonly secretKeys?: KeySource;
}

interface Runner {
  readonly child: ChildProcess;
  run: RunnerInfo | null;
  runs: number;
  ready: boolean;
  /** It was told to end, and takes no further run. */
  draining: boolean;
  idleTimer: NodeJS.Timeout | undefined;
  /** The last lines of standard error: what tells why a process ended. */
  tail: string;
}

/** Runners as child processes of the controller. A process does one run at a time and is used again for the next. */
export class LocalRunners implements Runners {
  readonly runnerId = `${hostname()}/${process.pid}`;
  readonly #options: LocalRunnersOptions;
  readonly #pool = new Set<Runner>();
  readonly #listeners = new Set<(exit: RunnerExit) => void>();
  readonly #keys: KeyFeed;
  #closing = false;

  constructor(options: LocalRunnersOptions) {
    this.#options = options;
    this.#keys = new KeyFeed(options.secretKeys);
    for (let i = 0; i < Math.min(options.warm, options.maxRunners); i++) this.#spawn();
  }

  /** Of what a pipeline asks for its Pod nothing is used here, so that nothing is refused. */
  admit(): void {}

  capacity(): number {
    if (this.#closing) return 0;
    let busy = 0;
    for (const runner of this.#pool) if (runner.run !== null) busy++;
    return Math.max(0, this.#options.maxRunners - busy);
  }

  async start(assignment: RunAssignment): Promise<void> {
    const idle = [...this.#pool].filter((runner) => runner.run === null && !runner.draining && runner.child.connected);
    const runner = idle.find((candidate) => candidate.ready) ?? idle[0] ?? this.#spawn();
    clearTimeout(runner.idleTimer);
    runner.run = {
      runnerId: `${this.runnerId}/${runner.child.pid ?? 'none'}`,
      runId: assignment.runId,
      attempt: assignment.attempt,
      startedAt: Date.now(),
      state: 'running',
    };
    runner.runs++;
    this.#keys.give(runner.child, assignment.pipeline.workspace);
    this.#send(runner, { type: 'run', assignment });
  }

  async list(): Promise<readonly RunnerInfo[]> {
    return [...this.#pool].flatMap((runner) => (runner.run === null ? [] : [runner.run]));
  }

  async stop(runId: string, deadlineMs: number): Promise<void> {
    const runner = [...this.#pool].find((candidate) => candidate.run?.runId === runId);
    if (runner === undefined) return;
    if (deadlineMs > 0) this.#send(runner, { type: 'cancel', runId });
    await this.#released(runner, runId, deadlineMs);
  }

  onExit(listener: (exit: RunnerExit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    this.#keys.close();
    await Promise.all(
      [...this.#pool].map(async (runner) => {
        const ended = exited(runner.child);
        this.#drain(runner);
        if (await within(ended, deadlineMs)) return;
        runner.child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  /** Ends all processes by force and waits for none. */
  kill(): void {
    this.#closing = true;
    for (const { child } of this.#pool) child.kill('SIGKILL');
  }

  #spawn(): Runner {
    const child = fork(RUNNER_MAIN, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...this.#options.env },
      execArgv: [],
      // A process group of its own: Ctrl-C in the terminal reaches the controller, which then drains.
      detached: true,
    });
    const runner: Runner = { child, run: null, runs: 0, ready: false, draining: false, idleTimer: undefined, tail: '' };
    this.#pool.add(runner);
    child.stderr?.on('data', (chunk: Buffer) => {
      runner.tail = (runner.tail + chunk.toString('utf8')).slice(-TAIL_LENGTH);
    });
    child.on('message', (message: FromRunner) => this.#onMessage(runner, message));
    child.on('error', (error) => this.#onEnd(runner, `could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      this.#onEnd(runner, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
    return runner;
  }

  #onMessage(runner: Runner, message: FromRunner): void {
    if (message.type === 'ready') runner.ready = true;
    if (message.type !== 'idle') return;
    const { run } = runner;
    runner.run = null;
    if (run === null) return;
    const idle = [...this.#pool].filter((other) => other.run === null && !other.draining).length;
    if (runner.runs >= this.#options.maxRunsPerProcess) this.#drain(runner);
    else if (idle > this.#options.warm) {
      runner.idleTimer = setTimeout(() => this.#drain(runner), this.#options.idleMs);
      runner.idleTimer.unref();
    }
    this.#report({ ...run, reason: 'ended its run' });
  }

  #onEnd(runner: Runner, reason: string): void {
    if (!this.#pool.delete(runner)) return;
    clearTimeout(runner.idleTimer);
    const { run, tail } = runner;
    if (run !== null) {
      this.#options.log.warn({ run: run.runId, reason, stderr: tail.trim() }, 'a runner ended in the middle of a run');
      this.#report({ ...run, reason: `the runner ${reason}` });
    }
    if (!this.#closing && this.#pool.size < this.#options.warm && runner.ready) this.#spawn();
  }

  #report(exit: RunnerExit): void {
    for (const listener of this.#listeners) listener(exit);
  }

  #drain(runner: Runner): void {
    runner.draining = true;
    this.#send(runner, { type: 'drain' });
  }

  #send(runner: Runner, message: ToRunner): void {
    if (!runner.child.connected) return;
    // A process that died meanwhile is reported by its exit.
    runner.child.send(message, (error) => {
      if (error !== null) this.#options.log.debug({ error: error.message }, 'a runner did not take a message');
    });
  }

  /** Waits until the run is off the runner; after the deadline the process is ended. */
  async #released(runner: Runner, runId: string, deadlineMs: number): Promise<void> {
    const done = new Promise<void>((resolve) => {
      const off = this.onExit((exit) => {
        if (exit.runId !== runId) return;
        off();
        resolve();
      });
    });
    if (await within(done, deadlineMs)) return;
    if (runner.run?.runId === runId) runner.child.kill('SIGKILL');
    await done;
  }
}

const RUNNER_MAIN = fileURLToPath(new URL(`../../runner/main${extname(import.meta.url)}`, import.meta.url));
