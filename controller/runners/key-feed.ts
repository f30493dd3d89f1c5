import type { ChildProcess } from 'node:child_process';
import { keysMessage } from '../../runner/secret-keys.ts';
import type { Keyring } from '../../store/secrets/keyring.ts';

/** Where child processes get the keys of the secrets from. */
export type KeySource = Pick<Keyring, 'workspaceKeys' | 'watch'>;

/**
 * Gives child processes what opens the secrets of the workspaces that they work for. Keys go over the channel of `fork`
 * only: neither arguments nor environment nor a file ever hold one.
 */
export class KeyFeed {
  readonly #source: KeySource | undefined;
  readonly #given = new Map<ChildProcess, Set<string>>();
  readonly #unwatch: (() => void) | undefined;

  /** Without a source nothing is given. */
  constructor(source: KeySource | undefined) {
    this.#source = source;
    this.#unwatch = source?.watch(() => {
      for (const [child, workspaces] of this.#given) for (const workspace of workspaces) this.#send(child, workspace);
    });
  }

  /** To be called before the message that begins the work. */
  give(child: ChildProcess, workspace: string): void {
    if (this.#source === undefined) return;
    let workspaces = this.#given.get(child);
    if (workspaces === undefined) {
      workspaces = new Set();
      this.#given.set(child, workspaces);
      child.once('exit', () => this.#given.delete(child));
    }
    if (workspaces.has(workspace)) return;
    workspaces.add(workspace);
    this.#send(child, workspace);
  }

  close(): void {
    this.#unwatch?.();
  }

  #send(child: ChildProcess, workspace: string): void {
    if (!child.connected) return;
    // A process that died meanwhile is reported by its exit.
    child.send(keysMessage(workspace, this.#source!.workspaceKeys(workspace)), () => undefined);
  }
}
