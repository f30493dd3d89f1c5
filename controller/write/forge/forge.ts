import type { Call } from './call.ts';

export interface PullRequestWish {
  /** The branch with the change. */
  readonly head: string;
  /** The branch to merge into. */
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
}

export interface PullRequest {
  /** For people. */
  readonly url: string;
  readonly number: number;
  /** Opened before, for the same branches. */
  readonly existed: boolean;
}

/** How one kind of forge is spoken to. */
export interface Forge {
  headers(token: string): Readonly<Record<string, string>>;
  /** Opens a pull request, or finds the one that is open for these branches. `path`: of the repository. */
  open(call: Call, path: string, wish: PullRequestWish): Promise<PullRequest>;
  /** Puts labels on it, where `open` has not done so. */
  label?(call: Call, path: string, number: number, labels: readonly string[]): Promise<void>;
}

/** One field of an answer. */
export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** The items of an answer. */
export function items(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [];
}
